//! The examples as programs, and processes that end with the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{env, iter};

use serde_json::Value;

/// The examples that tests run.
const EXAMPLES: [&str; 3] = ["accounts", "pages", "spa"];

/// The program of an example, built with the same profile as these tests.
pub fn example(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<[PathBuf; EXAMPLES.len()]> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--message-format", "json-render-diagnostics"]);
        // All at once, so that they share their dependencies.
        build.args(EXAMPLES.iter().flat_map(|name| ["--package", name]));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        // Cargo set these variables for the test package. They would cause build scripts to run again.
        without(&mut build, &["CARGO_MANIFEST_", "CARGO_PKG_"]);
        let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().expect("cargo");
        assert!(built.status.success(), "the examples do not build");
        let messages = built.stdout.split(|byte| *byte == b'\n');
        let messages: Vec<Value> = messages.filter_map(|message| serde_json::from_slice(message).ok()).collect();
        EXAMPLES.map(|name| {
            let mut of_it = messages.iter().filter(|message| message["target"]["name"] == name);
            of_it.find_map(|message| message["executable"].as_str().map(PathBuf::from)).expect("an executable")
        })
    });
    let known = iter::zip(EXAMPLES, programs).find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("{name} is not in the list above")).1
}

/// Removes the environment variables with these prefixes from a command.
pub fn without(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
}

/// A process that ends when this is dropped, and when the tests crash.
pub struct Process(Child);

/// A shell script that ends a program when its standard input is closed.
const KEEPER: &str = r#"exec 3<&0; "$@" 3<&- & child=$!; { cat; kill $child; } <&3 & wait $child; kill $! 2>&-"#;

impl Process {
    /// Starts the program. What it prints is dropped.
    ///
    /// # Panics
    ///
    /// If there is no shell.
    pub fn start(program: &Path, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(program);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        prepare(&mut command);
        Process(command.stdin(Stdio::piped()).spawn().expect("sh"))
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_none())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
