//! The command line of jwtauth: makes keys, checks settings, explains tokens. `jwtauth --help` lists the commands.

use std::io::{self, Write};
use std::process::ExitCode;

use jwtauth::Clock;
use jwtauth::cli::{self, Streams};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (mut input, mut output, mut errors) = (io::stdin(), io::stdout(), io::stderr());
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    let code = cli::run(&arguments, &mut streams, &Clock::system());
    // The reader may have closed the pipe.
    let _ = output.flush();
    ExitCode::from(code)
}
