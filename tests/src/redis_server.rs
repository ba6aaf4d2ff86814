//! A Redis server for tests.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server on a free port, without persistence. It ends when this is dropped or when the process ends.
pub struct Server {
    /// The port on which the server listens.
    pub port: u16,
    settings: Option<PathBuf>,
    options: Vec<String>,
    directory: PathBuf,
    process: Option<Child>,
}

impl Server {
    /// Starts a server with these options. Returns `None` if `redis-server` is not installed.
    pub fn start(options: &[&str]) -> Option<Server> {
        Self::start_on(free_port(), options)
    }

    /// The same as [`start`](Self::start), on this port.
    pub fn start_on(port: u16, options: &[&str]) -> Option<Server> {
        let mut server = Self::prepare(port, options)?;
        server.start_again();
        Some(server)
    }

    fn prepare(port: u16, options: &[&str]) -> Option<Server> {
        if !is_installed("redis-server") {
            return None;
        }
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("jwtauth-redis-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Some(Server { port, settings: None, options, directory, process: None })
    }

    /// Starts a Sentinel that watches the primary on this port of this machine under the name `shop`.
    pub fn start_sentinel(primary: u16) -> Option<Server> {
        let mut server = Self::prepare(free_port(), &["--sentinel"])?;
        let file = server.directory.join("sentinel.conf");
        std::fs::write(&file, format!("sentinel monitor shop 127.0.0.1 {primary} 1\n")).expect("a file");
        server.settings = Some(file);
        server.start_again();
        Some(server)
    }

    /// Starts the server again on the same port, empty.
    pub fn start_again(&mut self) {
        // The shell ends the server when its standard input is closed. If it received no input before, the test process
        // has died, and the shell removes the directory.
        const KEEPER: &str = r#"directory=$1; shift; "$@" >/dev/null 2>&1 & server=$!
            said=$(cat); kill -9 $server; wait; [ -n "$said" ] || rm -rf "$directory""#;
        let port = self.port.to_string();
        let process = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&self.directory)
            .arg("redis-server")
            // A settings file comes first.
            .args(self.settings.iter())
            .args(["--bind", "127.0.0.1"])
            .args(if self.options.iter().any(|option| option == "--port") { vec![] } else { vec!["--port", &port] })
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(&self.directory)
            .args(&self.options)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh");
        self.process = Some(process);
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not listen on port {}", self.port);
    }

    /// Kills the server, like a crash.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            if let Some(mut keeper) = process.stdin.take() {
                let _ = keeper.write_all(b"stop");
            }
            process.wait().expect("sh");
        }
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Sends a command of one line and returns the answer as text, one line per value.
    pub fn ask(&self, command: &str) -> String {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server");
        (&stream).write_all(format!("{command}\r\n").as_bytes()).expect("the server listens");
        read(&mut BufReader::new(stream))
    }

    /// The directory of the server.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Whether a program is installed. Fails in CI if it is not.
pub fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed");
        assert!(std::env::var_os("CI").is_none(), "{program} is not installed: see .ci/stores");
    }
    found
}

/// A port on which no program listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn read(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("an answer");
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).expect("an answer");
    match kind {
        "$" if rest == "-1" => String::new(),
        "$" => {
            let mut bytes = vec![0; rest.parse::<usize>().expect("a length") + 2];
            from.read_exact(&mut bytes).expect("an answer");
            bytes.truncate(bytes.len() - 2);
            String::from_utf8(bytes).expect("text")
        }
        "*" => {
            let values: Vec<_> = (0..rest.parse().expect("a length")).map(|_| read(from)).collect();
            values.join("\n")
        }
        "-" => line.to_owned(),
        _ => rest.to_owned(),
    }
}
