//! Launches of an application up to ignition, each with its own folder and environment.

use figment::Jail;
use jwtauth::{Algorithm, Config, Identity, JwtAuth, Tokens};
use rocket::error::ErrorKind;
use rocket::log::private::Level;
use rocket::{Build, Ignite, Rocket, tokio};

use crate::log::{Line, logged};

pub use crate::SECRET;

/// The part that stopped a launch.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The fairing of jwtauth, because the settings have faults.
    Fairing,
    /// The sentinel of a route, because the application is incorrect.
    Sentinel,
}

/// The outcome of a launch, and its log.
pub struct Launch {
    outcome: Result<Rocket<Ignite>, Refusal>,
    /// The lines that the launch logged.
    pub lines: Vec<Line>,
}

/// A fault in the log.
#[derive(Debug)]
pub struct Fault {
    /// The faulty setting, as named in the log.
    pub setting: String,
    /// The problem and the remedy.
    pub text: String,
    /// The origin of the setting, if it was set.
    pub origin: Option<String>,
}

/// Runs the test in an empty folder. The environment contains only the profile `release`.
#[allow(clippy::result_large_err)] // The error type belongs to the jail.
pub fn in_jail(test: impl FnOnce(&mut Jail)) {
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.set_env("ROCKET_PROFILE", "release");
        test(jail);
        Ok(())
    });
}

/// Launches with a Rocket.toml that has only these settings below `[default.jwtauth]`.
pub fn launch(settings: &str) -> Launch {
    let mut outcome = None;
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\n{settings}"));
        outcome = Some(launch_here());
    });
    outcome.expect("the jail was run")
}

/// Launches with these settings and a secret.
pub fn launch_with_secret(settings: &str) -> Launch {
    launch(&format!("master_secret = \"{SECRET}\"\n{settings}"))
}

/// Launches with the files and variables of the current jail.
pub fn launch_here() -> Launch {
    // `build` logs as well.
    let (outcome, lines) = logged(|| ignite(rocket::build().attach(JwtAuth::fairing())));
    Launch { outcome, lines }
}

/// Launches this Rocket.
pub fn launch_this(rocket: impl FnOnce() -> Rocket<Build>) -> Launch {
    let (outcome, lines) = logged(|| ignite(rocket()));
    Launch { outcome, lines }
}

/// Writes the file Rocket.toml into the folder of the jail.
pub fn rocket_toml(jail: &Jail, text: &str) {
    jail.create_file("Rocket.toml", text).expect("a file in the jail");
}

/// Runs a future on this thread, so that [`logged`] sees what it logs.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn ignite(rocket: Rocket<Build>) -> Result<Rocket<Ignite>, Refusal> {
    block_on(rocket.ignite()).map_err(|error| match error.kind() {
        ErrorKind::FailedFairings(fairings) => {
            assert!(fairings.iter().all(|info| info.name == "jwtauth"), "{fairings:?}");
            Refusal::Fairing
        }
        ErrorKind::SentinelAborts(_) => Refusal::Sentinel,
        other => panic!("{other}"),
    })
}

impl Launch {
    /// What stopped the launch. `None` if it succeeded.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.outcome.as_ref().err()
    }

    /// The state of a successful launch.
    pub fn jwtauth(&self) -> &JwtAuth {
        match &self.outcome {
            Ok(rocket) => rocket.state().expect("the fairing is attached"),
            Err(refusal) => panic!("{refusal:?}: {:#?}", self.lines),
        }
    }

    /// The settings of a successful launch.
    pub fn config(&self) -> &Config {
        self.jwtauth().config()
    }

    /// The algorithm and kid of the only key of a successful launch.
    pub fn key(&self) -> (Algorithm, String) {
        let ring = self.jwtauth().keys();
        let [key] = ring.keys() else { panic!("{ring:?}") };
        (key.algorithm(), key.kid().to_owned())
    }

    /// Issues tokens for this user.
    pub fn issue(&self, userid: &str) -> Tokens {
        block_on(self.jwtauth().issue(userid, ())).expect("a key that signs")
    }

    /// The user id of the access token, if the launched application accepts it.
    pub fn userid(&self, tokens: &Tokens) -> Option<String> {
        let identity: Result<Identity, _> = block_on(self.jwtauth().verify(tokens.access_token()));
        Some(identity.ok()?.userid().to_owned())
    }

    /// The faults of a launch that the fairing stopped, in the order of the log.
    #[track_caller]
    pub fn faults(&self) -> Vec<Fault> {
        assert_eq!(self.refusal(), Some(&Refusal::Fairing), "{:#?}", self.lines);
        let start = self.lines.iter().position(|line| line.text == "invalid `jwtauth` configuration");
        let start = start.unwrap_or_else(|| panic!("no title in {:#?}", self.lines));
        let faults = self.lines[start + 1..].iter().map_while(|line| {
            assert_eq!(line.level, Level::Error);
            Fault::parse(&line.text)
        });
        faults.collect()
    }

    /// The only fault of a launch. Fails if there are others, or if the fault names another setting.
    #[track_caller]
    pub fn fault(&self, setting: &str) -> Fault {
        let mut faults = self.faults();
        assert_eq!(faults.iter().map(|fault| fault.setting.as_str()).collect::<Vec<_>>(), [setting], "{faults:#?}");
        faults.remove(0)
    }

    /// The warnings of jwtauth.
    pub fn warnings(&self) -> Vec<&str> {
        let warnings = self.lines.iter().filter(|line| line.level == Level::Warn);
        warnings.filter_map(|line| line.text.strip_prefix("jwtauth: ")).collect()
    }

    /// Fails if the log contains this text.
    #[track_caller]
    pub fn assert_never_says(&self, text: &str) {
        for line in &self.lines {
            assert!(!line.text.contains(text), "the log says {text:?}: {}", line.text);
        }
    }
}

impl Fault {
    fn parse(line: &str) -> Option<Self> {
        let (setting, text) = line.strip_prefix("  - `")?.split_once("`: ")?;
        let origin = text.strip_suffix(']').and_then(|text| text.rsplit_once(" ["));
        let (text, origin) = origin.map_or((text, None), |(text, origin)| (text, Some(origin.to_owned())));
        Some(Fault { setting: setting.to_owned(), text: text.to_owned(), origin })
    }

    /// Fails if the text of the fault lacks one of these words.
    #[track_caller]
    pub fn assert_says(&self, words: &[&str]) {
        for words in words {
            assert!(self.text.contains(words), "{words:?} is not in {self:?}");
        }
    }
}
