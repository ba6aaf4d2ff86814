//! A node: a process of `accounts`.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, thread};

use serde_json::Value;

use crate::client::Client;
use crate::redis::free_port;

pub(crate) struct Node {
    port: u16,
    /// The jwtauth settings.
    settings: String,
    /// The database of the accounts.
    database: PathBuf,
    log: PathBuf,
    /// An optional file of settings, in addition to the environment variables.
    rocket_toml: PathBuf,
    pid: PathBuf,
    process: Option<Child>,
}

/// A shell script that kills the node when its standard input is closed. This also happens if the tests crash. The
/// shell ends when the node ends.
const KEEPER: &str =
    r#"exec 3<&0; "$@" & node=$!; echo $node >"$PID_FILE"; { cat; kill -9 $node; } <&3 & wait $node; kill $! 2>&-"#;

impl Node {
    /// Starts a node with these jwtauth settings. Its accounts and its log are in this directory.
    pub(crate) fn start(directory: &Path, settings: String) -> Self {
        let port = free_port();
        let (database, log) = (directory.join("accounts.sqlite"), directory.join(format!("{port}.log")));
        let (rocket_toml, pid) = (directory.join("Rocket.toml"), directory.join(format!("{port}.pid")));
        let mut node = Node { port, settings, database, log, rocket_toml, pid, process: None };
        node.start_again();
        node
    }

    /// Starts the node on the same port as before.
    pub(crate) fn start_again(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(program());
        self.set_up(&mut command);
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("a log")).stderr(log);
        let process = self.process.insert(command.spawn().expect("sh"));
        eventually("the node listens", || {
            assert_eq!(process.try_wait().expect("sh"), None, "the node does not launch");
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    /// Starts the node in its own terminal. The terminal exists until the returned value is dropped. If the program
    /// `script` is missing, this prints a message and returns `None`.
    pub(crate) fn start_in_terminal(&self) -> Option<Terminal> {
        let mut command = Command::new("script");
        let node = format!("echo $$ >\"$PID_FILE\"; exec '{}'", program().display());
        command.args(["--quiet", "--command", &node, "/dev/null"]);
        self.set_up(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(terminal) = command.spawn() else {
            assert!(env::var_os("CI").is_none(), "`script` is not there, and CI runs without it");
            eprintln!("skipped: a terminal that goes away (`script` of util-linux is not installed)");
            return None;
        };
        let terminal = Terminal { program: terminal, port: self.port, pid: self.pid.clone() };
        eventually("the node listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        Some(terminal)
    }

    fn set_up(&self, command: &mut Command) {
        without(command, &["ROCKET_"]);
        // The timeouts are long, because slow machines must not affect these tests.
        let database = format!("{{accounts={{url={:?},connect_timeout=60}}}}", self.database);
        command.envs([
            ("ROCKET_PORT", self.port.to_string().as_str()),
            ("ROCKET_KEEP_ALIVE", "600"),
            ("ROCKET_LOG_LEVEL", "critical"),
            ("ROCKET_CLI_COLORS", "false"),
            ("ROCKET_DATABASES", &database),
            ("ROCKET_JWTAUTH", &self.settings),
        ]);
        command.env("PID_FILE", &self.pid).env("ROCKET_CONFIG", &self.rocket_toml);
    }

    /// Kills the node, like a crash.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            process.wait().expect("sh");
        }
    }

    /// Sends SIGHUP to the node.
    pub(crate) fn hang_up(&self) {
        let pid = fs::read_to_string(&self.pid).expect("its pid");
        let sent = Command::new("kill").args(["-HUP", pid.trim()]).status().expect("kill");
        assert!(sent.success());
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.port)
    }

    /// The log of the node: warnings and errors.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("the last that the node on port {} has logged:\n{}", self.port, last.join("\n"));
        }
    }
}

/// The terminal of a node.
pub(crate) struct Terminal {
    program: Child,
    port: u16,
    pid: PathBuf,
}

impl Terminal {
    /// Closes the terminal. The node only gets the signal of the operating system.
    pub(crate) fn vanish(&mut self) {
        self.program.kill().and_then(|()| self.program.wait()).expect("it runs");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill().and_then(|()| self.program.wait());
        // The node is still running.
        if TcpStream::connect(("127.0.0.1", self.port)).is_ok()
            && let Ok(pid) = fs::read_to_string(&self.pid)
        {
            let _ = Command::new("kill").args(["-KILL", pid.trim()]).status();
        }
    }
}

/// Waits until the condition is true, at most two minutes.
#[track_caller]
pub(crate) fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < Duration::from_secs(120), "not within two minutes: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Removes the environment variables with these prefixes from a command.
fn without(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
}

/// The program `accounts`, built with the same profile as these tests.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--package", "accounts", "--message-format", "json-render-diagnostics"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        // Cargo set these variables for the test package. They would cause build scripts to run again.
        without(&mut build, &["CARGO_MANIFEST_", "CARGO_PKG_"]);
        let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().expect("cargo");
        assert!(built.status.success(), "accounts does not build");
        let messages = built.stdout.split(|byte| *byte == b'\n');
        let messages = messages.filter_map(|message| serde_json::from_slice::<Value>(message).ok());
        let mut of_it = messages.filter(|message| message["target"]["name"] == "accounts");
        of_it.find_map(|message| message["executable"].as_str().map(PathBuf::from)).expect("an executable")
    })
}
