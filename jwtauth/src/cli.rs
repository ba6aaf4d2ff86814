//! What the program `jwtauth` does. It is here, and not in the program, because it reads the settings as the fairing
//! does. Nothing in it is part of the library's API.

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

/// Where a command reads from and writes to.
pub struct Streams<'s> {
    /// Where `explain` reads the token from.
    pub input: &'s mut dyn Read,
    /// Reports and settings.
    pub output: &'s mut dyn Write,
    /// What is wrong with the command line, and warnings beside a report.
    pub errors: &'s mut dyn Write,
}

/// The command has done what it was asked for, and found nothing wrong.
pub const GOOD: u8 = 0;

/// There are faults, or the token is refused.
pub const BAD: u8 = 1;

/// The command line is wrong.
pub const USAGE: u8 = 2;

/// Runs the command that the arguments name (without the name of the program), in the working directory and with the
/// environment of the process. Gives the exit code.
pub fn run(arguments: &[OsString], streams: &mut Streams<'_>, clock: &Clock) -> u8 {
    let code = match Command::parse(arguments) {
        Ok(Command::Help(help)) => write!(streams.output, "{help}").map(|()| GOOD),
        Ok(Command::Version) => writeln!(streams.output, "jwtauth {}", env!("CARGO_PKG_VERSION")).map(|()| GOOD),
        Ok(Command::Keygen { algorithm, file }) => keygen::command(algorithm, file.as_deref(), streams),
        Ok(Command::Check { profile }) => check::command(&settings(profile.as_deref()), streams, clock),
        Ok(Command::Explain { profile }) => explain::command(&settings(profile.as_deref()), streams, clock),
        Err(usage) => write!(streams.errors, "{usage}").map(|()| USAGE),
    };
    // A report that could not be written says nothing good.
    code.unwrap_or(BAD)
}

/// The settings that an application would launch with here.
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
