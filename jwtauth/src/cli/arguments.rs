use crate::algorithm::Algorithm;
use std::ffi::{OsStr, OsString};

/// A parsed command line.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Help(String),
    Version,
    Keygen { algorithm: Algorithm, file: Option<OsString> },
    Check { profile: Option<String> },
    Explain { profile: Option<String> },
}

const HELP: &str = "\
Makes keys, checks settings and explains tokens of jwtauth.

usage: jwtauth COMMAND

commands:
  keygen ALGORITHM [FILE]       makes a key and prints the settings for Rocket.toml
  check [--profile PROFILE]     checks the settings in the working directory
  explain [--profile PROFILE]   reads a token from standard input and explains every rule

options:
  -h, --help       prints this, or the help of a command
  -V, --version    prints the version

`jwtauth COMMAND --help` says more.
";

const CHECK: &str = "\
Checks the settings of jwtauth as a launch in the working directory would.

usage: jwtauth check [--profile PROFILE]

Reads Rocket.toml, or the file that ROCKET_CONFIG names, and the variables ROCKET_*.
Prints every fault and warning, what is in force, how long each secret is, whether
the session store can be used, and what the trusted issuers publish. Connects to
the store and to the issuers as a launch does. Prints no secret and no key.

options:
  --profile PROFILE   the profile; by default ROCKET_PROFILE, or else that of the
                      build of this program: release, or debug for a debug build
  -h, --help          prints this

exit code: 0 without faults, 1 with faults, 2 for a wrong command line
";

const EXPLAIN: &str = "\
Explains why a token is accepted or refused, by the settings in the working directory.

usage: jwtauth explain [--profile PROFILE] < TOKEN

Reads one token from standard input: an access token or a refresh token. The word
`Bearer` before it and one newline after it are ignored. Prints every rule, the
setting or key that it used, and the rule that refused the token. Reads the settings
as `jwtauth check` does. Prints neither the token nor a key.

options:
  --profile PROFILE   the profile, as for `jwtauth check`
  -h, --help          prints this

exit code: 0 if the token is accepted, or a refresh token can be used; 1 if not, or
if the settings have faults; 2 for a wrong command line
";

impl Command {
    /// Fails with a message for the user. It repeats no argument, because an argument may be a token in the wrong
    /// place.
    pub(super) fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let [command, arguments @ ..] = arguments else {
            return Err(HELP.to_owned());
        };
        let wants_help = arguments.iter().take_while(|argument| *argument != "--").any(|argument| is_help(argument));
        match command.to_str() {
            Some("-h" | "--help" | "help") => Ok(Command::Help(HELP.to_owned())),
            Some("-V" | "--version") => Ok(Command::Version),
            Some("keygen") if wants_help => Ok(Command::Help(keygen_help())),
            Some("check") if wants_help => Ok(Command::Help(CHECK.to_owned())),
            Some("explain") if wants_help => Ok(Command::Help(EXPLAIN.to_owned())),
            Some("keygen") => keygen(arguments),
            Some("check") => {
                let profile = profile(arguments).map_err(|problem| usage("check", problem))?;
                Ok(Command::Check { profile })
            }
            Some("explain") => {
                let profile = profile(arguments).map_err(|problem| usage("explain", problem))?;
                Ok(Command::Explain { profile })
            }
            _ => Err("jwtauth: unknown command; the commands are keygen, check and explain\n\
                      try `jwtauth --help`\n"
                .to_owned()),
        }
    }
}

fn is_help(argument: &OsStr) -> bool {
    argument == "-h" || argument == "--help"
}

fn usage(command: &str, problem: &str) -> String {
    format!("jwtauth {command}: {problem}\ntry `jwtauth {command} --help`\n")
}

fn algorithms() -> String {
    Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}

fn keygen_help() -> String {
    format!(
        "Makes a key and prints the settings for Rocket.toml.\n\n\
         usage: jwtauth keygen ALGORITHM [FILE]\n\n\
         Writes a secret (HS256, HS384, HS512) or a private key (PKCS #8, PEM) to a new file\n\
         with mode 0600. Never overwrites a file. A path in Rocket.toml is relative to\n\
         Rocket.toml. By default the file is named after the algorithm.\n\n\
         algorithms: {}\n\n\
         exit code: 0 if the key was made, 1 if not, 2 for a wrong command line\n",
        algorithms()
    )
}

fn keygen(arguments: &[OsString]) -> Result<Command, String> {
    let mut words: Vec<&OsString> = Vec::new();
    let mut options_end = false;
    for argument in arguments {
        match argument.to_str() {
            Some("--") if !options_end => options_end = true,
            Some(option) if !options_end && option.starts_with('-') => {
                return Err(usage("keygen", "unknown option"));
            }
            _ => words.push(argument),
        }
    }
    let (name, file) = match &words[..] {
        [name] => (*name, None),
        [name, file] => (*name, Some((*file).clone())),
        [] => return Err(usage("keygen", "the algorithm is missing")),
        _ => return Err(usage("keygen", "too many arguments")),
    };
    match name.to_str().and_then(|name| name.parse().ok()) {
        Some(algorithm) => Ok(Command::Keygen { algorithm, file }),
        None => {
            let problem = format!("unknown algorithm; the algorithms are {}", algorithms());
            Err(usage("keygen", &problem))
        }
    }
}

/// Parses `--profile`, the only option.
fn profile(arguments: &[OsString]) -> Result<Option<String>, &'static str> {
    let mut profile = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = match argument.to_str() {
            Some("--profile") => arguments.next().and_then(|value| value.to_str()).map(str::to_owned),
            Some(option) if option.starts_with("--profile=") => option.strip_prefix("--profile=").map(str::to_owned),
            Some(option) if option.starts_with('-') => return Err("unknown option"),
            _ => return Err("takes no argument but `--profile PROFILE`; a token is read from standard input"),
        };
        let value = value.filter(|value| !value.is_empty()).ok_or("`--profile` needs the name of a profile")?;
        if profile.replace(value).is_some() {
            return Err("`--profile` is given twice");
        }
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn command_parses_command_line() {
        let profile = |name: &str| Some(name.to_owned());
        assert_eq!(parse("check"), Ok(Command::Check { profile: None }));
        assert_eq!(parse("check --profile debug"), Ok(Command::Check { profile: profile("debug") }));
        assert_eq!(parse("explain --profile=p"), Ok(Command::Explain { profile: profile("p") }));
        assert_eq!(parse("keygen ES256"), Ok(Command::Keygen { algorithm: Algorithm::ES256, file: None }));
        let file = Some(OsString::from("-x"));
        assert_eq!(parse("keygen -- HS256 -x"), Ok(Command::Keygen { algorithm: Algorithm::HS256, file }));
        assert_eq!(parse("--version"), Ok(Command::Version));
        for line in ["--help", "-h", "help", "check --help", "explain -h", "keygen --help", "keygen ES256 x --help"] {
            assert!(matches!(parse(line), Ok(Command::Help(_))), "{line}");
        }
    }

    #[test]
    fn command_refuses_wrong_command_line_without_repeating_it() {
        for line in [
            "",
            "sekret",
            "check sekret",
            "check --sekret",
            "check --profile",
            "check --profile=",
            "check --profile a --profile sekret",
            "explain sekret",
            "explain --profile a sekret",
            "keygen",
            "keygen sekret",
            "keygen es256",
            "keygen none",
            "keygen ES256 a sekret",
            "keygen --sekret ES256",
        ] {
            let usage = parse(line).expect_err("usage");
            assert!(!usage.contains("sekret") && usage.contains("jwtauth"), "{line}: {usage}");
        }
    }
}
