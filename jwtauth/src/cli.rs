//! The commands of the program `jwtauth`. They are in the library because they read the settings as the fairing does.
//! They are not part of the library's API.

mod arguments;
mod check;
mod explain;
pub mod keygen;
mod store;

use std::ffi::OsString;
use std::io::{Read, Write};

use figment::{Figment, Profile};
use rocket::tokio::runtime::{Builder, Runtime};

use self::arguments::Command;
use crate::clock::Clock;

/// The input and output of a command.
pub struct Streams<'s> {
    /// The token for `explain`.
    pub input: &'s mut dyn Read,
    /// Receives reports and settings.
    pub output: &'s mut dyn Write,
    /// Receives errors in the command line, and warnings that accompany a report.
    pub errors: &'s mut dyn Write,
}

/// The exit code of a command that succeeded and found nothing wrong.
pub const GOOD: u8 = 0;

/// The exit code of a command that found faults, or refused a token.
pub const BAD: u8 = 1;

/// The exit code for an invalid command line.
pub const USAGE: u8 = 2;

/// Runs the command that the arguments name (without the program's name), with the working directory and environment of
/// the process. Returns the exit code.
pub fn run(arguments: &[OsString], streams: &mut Streams<'_>, clock: &Clock) -> u8 {
    let code = match Command::parse(arguments) {
        Ok(Command::Help(help)) => write!(streams.output, "{help}").map(|()| GOOD),
        Ok(Command::Version) => writeln!(streams.output, "jwtauth {}", env!("CARGO_PKG_VERSION")).map(|()| GOOD),
        Ok(Command::Keygen { algorithm, file }) => keygen::command(algorithm, file.as_deref(), streams),
        Ok(Command::Check { profile }) => check::command(&settings(profile.as_deref()), streams, clock),
        Ok(Command::Explain { profile }) => explain::command(&settings(profile.as_deref()), streams, clock),
        Err(usage) => write!(streams.errors, "{usage}").map(|()| USAGE),
    };
    // If the report can't be written, the command fails.
    code.unwrap_or(BAD)
}

/// The settings of an application that launches in this directory.
fn settings(profile: Option<&str>) -> Figment {
    let figment = rocket::Config::figment();
    match profile {
        Some(profile) => figment.select(Profile::new(profile)),
        None => figment,
    }
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build()
}
