//! Runs a command in this process.

use std::ffi::OsString;

use figment::Jail;
use jwtauth::Clock;
use jwtauth::cli::{self, Streams};
use jwtauth_tests::NOW;

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) output: String,
    pub(crate) errors: String,
}

pub(crate) fn run(line: &str, input: &str) -> Ran {
    let arguments: Vec<_> = line.split_whitespace().map(OsString::from).collect();
    let (mut input, mut output, mut errors) = (input.as_bytes(), Vec::new(), Vec::new());
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    let code = cli::run(&arguments, &mut streams, &Clock::manual(NOW));
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code, output: text(output), errors: text(errors) }
}

/// Runs a test in a temporary folder with this Rocket.toml, and without Rocket's environment variables.
#[allow(clippy::result_large_err)] // The type of the error is that of `Jail`.
pub(crate) fn in_folder(rocket_toml: &str, test: impl FnOnce(&mut Jail)) {
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.create_file("Rocket.toml", rocket_toml)?;
        test(jail);
        Ok(())
    });
}
