//! Prints distinct tokens of one length, one a line, by the settings in `ROCKET_JWTAUTH={…}`: `mint COUNT PADDING
//! [FIRST]`. All servers are given the same tokens. The claim `role` is longer by `PADDING`; users are counted from
//! `FIRST`.

use std::error::Error;
use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use jwtauth::JwtAuth;
use server_jwtauth::Profile;

fn main() -> ExitCode {
    match rocket::execute(mint()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn mint() -> Result<(), Box<dyn Error + Send + Sync>> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    let (count, padding, first) = match numbers[..] {
        [count, padding] => (count, padding, 0),
        [count, padding, first] => (count, padding, first),
        _ => return Err("arguments: COUNT PADDING [FIRST]".into()),
    };
    let jwtauth = JwtAuth::from_figment(&rocket::Config::figment()).await?;
    let mut out = BufWriter::new(stdout());
    for user in first..first + count {
        let profile = Profile { nickname: "Alice".into(), role: format!("reader{:x<padding$}", "") };
        let tokens = jwtauth.issue(format!("user-{user:07}"), profile).await?;
        writeln!(out, "{}", tokens.access_token())?;
    }
    out.flush()?;
    Ok(())
}
