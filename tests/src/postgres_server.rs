//! A PostgreSQL server for tests, with its own directory and port. It ends with the process.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The user of the database.
pub const USER: &str = "app";
/// The password of [`USER`].
pub const PASSWORD: &str = "hunter2-correct-horse";

/// A server that ends when this is dropped or when the tests end.
pub struct Server {
    programs: PathBuf,
    directory: PathBuf,
    /// The account that the server runs as, because PostgreSQL refuses root.
    account: Option<(u32, u32)>,
    port: u16,
    running: Option<Child>,
}

/// Runs the server until its standard input receives a line or is closed. If it is closed without a line, the test
/// process has died, and the directory is removed.
const KEEPER: &str = r#"
"$1/postgres" -D "$2/data" -p "$3" -k "$2" >>"$2/log" 2>&1 &
if read -r line; then kill -INT $!; wait $!; else kill -INT $!; wait $!; rm -rf "$2"; fi
"#;

impl Server {
    /// Creates and starts a server with these lines in its configuration. If PostgreSQL is not installed, prints a
    /// message and returns `None`, or fails in CI.
    pub fn start(configuration: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed: run .ci/stores");
            eprintln!("\nskipped: PostgreSQL is not installed (apt-get install postgresql)\n");
            return None;
        };
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jwtauth-pg-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).expect("a directory");
        fs::write(directory.join("password"), PASSWORD).expect("the password");
        let account = (fs::metadata(&directory).expect("the directory").uid() == 0).then(account);
        if let Some((user, group)) = account {
            chown(&directory, Some(user), Some(group)).expect("chown");
        }
        let mut server = Server { programs, directory, account, port: 0, running: None };
        let made = server
            .command(&server.programs.join("initdb"))
            .args([
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "--auth=scram-sha-256",
                "--username",
                USER,
                "--pwfile",
            ])
            .arg(server.directory.join("password"))
            .arg(server.directory.join("data"))
            .output()
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut settings =
            fs::OpenOptions::new().append(true).open(server.path("data/postgresql.conf")).expect("the configuration");
        write!(settings, "\nlisten_addresses = '127.0.0.1'\nmax_connections = 400\nfsync = off\n{configuration}\n")
            .expect("the configuration");
        for _ in 0..5 {
            server.port = free_port();
            if server.try_resume() {
                return Some(server);
            }
        }
        panic!("PostgreSQL does not start: {}", server.log());
    }

    /// Stops the server and closes all connections.
    pub fn stop(&mut self) {
        let mut running = self.running.take().expect("a running server");
        running.stdin.take().expect("a pipe").write_all(b"stop\n").expect("the keeper");
        running.wait().expect("the keeper");
    }

    /// Starts the server again, on the same port.
    pub fn resume(&mut self) {
        assert!(self.try_resume(), "PostgreSQL does not start: {}", self.log());
    }

    /// The port on which the server listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL with these parameters, and with long timeouts for busy machines.
    pub fn url(&self, parameters: &str) -> String {
        url_of(self.port, &format!("connect_timeout=30&statement_timeout=30&{parameters}"))
    }

    /// The URL without parameters of jwtauth.
    pub fn plain_url(&self) -> String {
        url_of(self.port, "")
    }

    /// The URL of the Unix socket.
    pub fn socket_url(&self, parameters: &str) -> String {
        let directory = self.directory.to_str().expect("text").replace('/', "%2F");
        format!("postgres://{USER}:{PASSWORD}@{directory}:{}/postgres?{parameters}", self.port)
    }

    /// The log of the server.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// A file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Gives a file to the server's account, with mode 0600.
    pub fn give(&self, path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("chmod");
        if let Some((user, group)) = self.account {
            chown(path, Some(user), Some(group)).expect("chown");
        }
    }

    fn try_resume(&mut self) -> bool {
        let mut running = self
            .command(Path::new("sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([&self.programs, &self.directory])
            .arg(self.port.to_string())
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let state = fs::read_to_string(self.path("data/postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                self.running = Some(running);
                return true;
            }
            if begun.elapsed() > Duration::from_secs(1) && self.log().contains("could not create any TCP/IP sockets") {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        running.stdin.take().expect("a pipe").write_all(b"stop\n").expect("the keeper");
        running.wait().expect("the keeper");
        false
    }

    /// A command that runs in the server's directory and as its account.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.directory);
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.stdin.take());
            let _ = running.wait();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The URL of a server on this port.
pub fn url_of(port: u16, parameters: &str) -> String {
    format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?{parameters}")
}

/// A port on which no program listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// The directory of `initdb` and `postgres`: in the path, or Debian's directory with the newest version.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path()).collect();
    versions.sort_by_key(|version| version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    places.extend(versions.iter().rev().map(|version| version.join("bin")));
    places.into_iter().find(|place| place.join("initdb").is_file() && place.join("postgres").is_file())
}

/// An account other than root.
fn account() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").expect("accounts");
    let of = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    of("postgres").or_else(|| of("nobody")).expect("an account that is not root's")
}
