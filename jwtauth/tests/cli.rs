//! The program `jwtauth` itself: its exit codes, and what goes where.
#![allow(missing_docs)]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A folder that goes with this.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("jwtauth-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        // Otherwise, a file in a parent folder would count.
        fs::write(path.join("Rocket.toml"), "").expect("a file");
        Folder(path)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jwtauth"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROCKET_")) {
            command.env_remove(name);
        }
        let mut child = command.env("ROCKET_PROFILE", "release").spawn().expect("the program");
        // A command that does not read may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        child.wait_with_output().expect("an end")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn key_that_keygen_makes_passes_check_and_explains_its_tokens() {
    let folder = Folder::new("keygen");
    let made = folder.run(&["keygen", "ES256", "key.pem"], b"");
    assert_eq!((made.status.code(), text(&made.stderr)), (Some(0), ""));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.0.join("key.pem")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    fs::write(folder.0.join("Rocket.toml"), &made.stdout).expect("a file");
    assert_eq!(folder.run(&["keygen", "ES256", "key.pem"], b"").status.code(), Some(1));

    let checked = folder.run(&["check"], b"");
    assert_eq!((checked.status.code(), text(&checked.stderr)), (Some(0), ""), "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("ES256, signs and verifies"), "{}", text(&checked.stdout));
    let key = fs::read_to_string(folder.0.join("key.pem")).expect("a key");
    assert!(key.lines().all(|line| !text(&checked.stdout).contains(line)));

    let explained = folder.run(&["explain"], b"not.a.token\n");
    assert_eq!((explained.status.code(), text(&explained.stderr)), (Some(1), ""));
    let expected = "access: refused by the rule `header-encoding`: The token is malformed\n";
    assert!(text(&explained.stdout).starts_with(expected), "{}", text(&explained.stdout));
}

#[test]
fn check_exits_with_1_for_faults() {
    let folder = Folder::new("faults");
    let checked = folder.run(&["check"], b"");
    assert_eq!((checked.status.code(), text(&checked.stderr)), (Some(1), ""));
    assert!(text(&checked.stdout).contains("1 fault\n  - `master_secret`: is not set"), "{}", text(&checked.stdout));
}

#[test]
fn wrong_command_line_exits_with_2_and_prints_usage_on_stderr() {
    let folder = Folder::new("usage");
    for arguments in [&[][..], &["sekret"], &["check", "sekret"], &["explain", "sekret"], &["keygen"]] {
        let ran = folder.run(arguments, b"");
        assert_eq!((ran.status.code(), text(&ran.stdout)), (Some(2), ""));
        assert!(!ran.stderr.is_empty() && !text(&ran.stderr).contains("sekret"), "{}", text(&ran.stderr));
    }
    for arguments in [&["--help"][..], &["check", "--help"], &["--version"]] {
        let ran = folder.run(arguments, b"");
        assert_eq!((ran.status.code(), text(&ran.stderr)), (Some(0), ""));
        assert!(text(&ran.stdout).contains("jwtauth"));
    }
}
