//! Runs other programs, each as a child process that answers questions over stdin and stdout.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Once;
use std::{env, fmt};

use serde_json::Value;

/// A program to compare with, and how to find it.
pub(crate) struct Peer {
    name: &'static str,
    script: &'static str,
    runtime: Runtime,
    /// The environment variable with its location.
    variable: &'static str,
    /// The packages it needs.
    packages: &'static str,
    /// Prints only once that the program is missing.
    told: Once,
}

enum Runtime {
    /// The variable names the interpreter.
    Python,
    /// The variable names the directory that contains `node_modules`.
    Node,
}

pub(crate) static MORE_JWTAUTH: Peer = Peer {
    name: "more.jwtauth",
    script: "more_jwtauth.py",
    runtime: Runtime::Python,
    variable: "JWTAUTH_PYTHON_SEED",
    packages: "more.jwtauth[crypto]==0.16",
    told: Once::new(),
};

pub(crate) static PYJWT: Peer = Peer {
    name: "PyJWT",
    script: "pyjwt.py",
    runtime: Runtime::Python,
    variable: "JWTAUTH_PYTHON",
    packages: "PyJWT[crypto]",
    told: Once::new(),
};

pub(crate) static JOSE: Peer = Peer {
    name: "jose",
    script: "jose.mjs",
    runtime: Runtime::Node,
    variable: "JWTAUTH_NODE_MODULES",
    packages: "jose",
    told: Once::new(),
};

pub(crate) static OIDC_PROVIDER: Peer = Peer {
    name: "oidc-provider",
    script: "oidc_provider.mjs",
    runtime: Runtime::Node,
    variable: "JWTAUTH_NODE_MODULES",
    packages: "oidc-provider",
    told: Once::new(),
};

pub(crate) static MCP_CLIENT: Peer = Peer {
    name: "the SDK for MCP",
    script: "mcp_client.mjs",
    runtime: Runtime::Node,
    variable: "JWTAUTH_NODE_MODULES",
    packages: "@modelcontextprotocol/sdk",
    told: Once::new(),
};

pub(crate) static CANAILLE: Peer = Peer {
    name: "canaille",
    script: "canaille_provider.py",
    runtime: Runtime::Python,
    variable: "JWTAUTH_PYTHON_CANAILLE",
    packages: "canaille[oidc]",
    told: Once::new(),
};

pub(crate) static DJANGO_OAUTH_TOOLKIT: Peer = Peer {
    name: "django-oauth-toolkit",
    script: "django_provider.py",
    runtime: Runtime::Python,
    variable: "JWTAUTH_PYTHON_DJANGO",
    packages: "django-oauth-toolkit",
    told: Once::new(),
};

impl Peer {
    /// Starts the program. Prints a message and returns `None` if it is not installed.
    ///
    /// # Panics
    ///
    /// If the program is missing, although the environment names its location or the tests run in CI.
    pub(crate) fn start(&self) -> Option<Program> {
        let place = env::var_os(self.variable).filter(|place| !place.is_empty());
        let reason = match Program::start(self.command(place.as_deref())) {
            Ok(program) => return Some(program),
            Err(reason) => reason,
        };
        if let Some(place) = place {
            panic!("{} is not at {} = {}: {reason}", self.name, self.variable, place.display());
        }
        assert!(!is_ci(), "{} is not there, and CI runs without it: {reason}; {}", self.name, self.advice());
        self.told.call_once(|| {
            // Bypasses the output capture, which hides the output of passing tests.
            let text = format!("skipped: all comparisons with {} ({reason}); {}", self.name, self.advice());
            writeln!(io::stderr(), "{text}").expect("stderr is open");
        });
        None
    }

    fn command(&self, place: Option<&OsStr>) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(self.script);
        let (program, arguments) = match self.runtime {
            Runtime::Python => (place.map_or("python3".into(), OsString::from), None),
            Runtime::Node => ("node".into(), place),
        };
        let mut command = Command::new(program);
        command.arg(script).args(arguments);
        // Scripts that import each other would leave compiled files between the sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn advice(&self) -> String {
        format!("to have it, install {} and set {}, or eval what `.ci/peers DIR` prints", self.packages, self.variable)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// A running program. It ends when this is dropped.
pub(crate) struct Program {
    child: Child,
    // Taken at the end: closing its input ends the program.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Program {
    fn start(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("it does not start: {error}"))?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut program = Program { child, questions, answers };
        let hello = program.receive().ok_or("it ended at once")?;
        if hello.get("ready").is_some() {
            return Ok(program);
        }
        Err(format!("{} runs, but misses something: {}", command.get_program().display(), hello["missing"]))
    }

    /// Asks a question and waits for the answer.
    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        self.send(question);
        self.answer()
    }

    /// Sends a question. Call [`answer`](Self::answer) before the next one.
    pub(crate) fn send(&mut self, question: &Value) {
        let mut line = question.to_string();
        line.push('\n');
        let questions = self.questions.as_mut().expect("it is not at its end");
        let sent = questions.write_all(line.as_bytes()).and_then(|()| questions.flush());
        sent.unwrap_or_else(|error| panic!("the program takes no question: {error}"));
    }

    pub(crate) fn answer(&mut self) -> Value {
        self.receive().expect("the program ended; what it said on stderr is above")
    }

    fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line).expect("the program prints UTF-8");
        (read > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.child.id())
    }
}
