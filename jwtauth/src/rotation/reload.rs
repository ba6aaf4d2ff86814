//! Keys that roll: their files are looked at, read anew, and what they hold is used from then on.

use std::panic::resume_unwind;
use std::sync::PoisonError;
use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::runtime::Handle;
use rocket::tokio::task::{JoinHandle, spawn_blocking};
use rocket::tokio::{self, select, time::sleep};

use super::jwks::MAX_AGE;
use super::outcome::Reloaded;
use super::signals::{Signal, Signals};
use super::source::{INTERVAL, Ripeness};
use crate::config::ConfigError;
use crate::config::{KeyFile, Reread};
use crate::jwtauth::JwtAuth;
use crate::keys::KeyRing;

/// Which of the files that have not changed are read again all the same.
#[derive(Clone, Copy, PartialEq)]
enum Unchanged {
    Ignored,
    /// Those whose keys are not in use, to say again why.
    Explained,
}

/// What a look at the files found.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// What is reported.
    Found(Reloaded),
    /// New content that no look noted before: it is to be read again.
    NewlyNoted,
}

impl JwtAuth {
    /// Reads the files of the keys again, and the list `keys` if it stands in Rocket.toml.
    ///
    /// New content is only [noted](Reloaded::Noted) at first: the file may be half written. A read at least one second
    /// later that finds the same content in all of the files puts it into [use](Reloaded::Used): for all requests that
    /// come from then on, and all tokens that are issued from then on. Requests in flight finish with the keys they
    /// began with. All other settings are those of the launch, and keys that are in no file stay as they are.
    ///
    /// In a Tokio runtime, as in a Rocket, this schedules the second read by itself, and goes on until the content no
    /// longer changes. If its keys have a fault, the log says so. Outside of a runtime, call this again after a second.
    ///
    /// While a Rocket runs, the files are also read if [`reload`](crate::Config::reload) is set, and on Unix when the
    /// process gets a SIGHUP, with the same two steps. A SIGHUP that is one of Rocket's `shutdown.signals`, or comes
    /// because the terminal is gone in which the process was started, shuts it down instead.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// use jwtauth::Reloaded;
    /// use rocket::{http::Status, post};
    ///
    /// #[post("/admin/reload-keys")]
    /// async fn reload_keys(jwtauth: &JwtAuth) -> Result<&'static str, Status> {
    ///     match jwtauth.reload().await {
    ///         Ok(Reloaded::Same) => Ok("nothing has changed"),
    ///         Ok(Reloaded::Noted) => Ok("there are new keys, to be used in a second"),
    ///         Ok(_) => Ok("there are new keys, in use"),
    ///         Err(error) => {
    ///             rocket::error!("{error}");
    ///             Err(Status::InternalServerError)
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// All faults of the keys at once, as at launch, if a second read found the same faulty content. Then the keys
    /// stay as they are.
    pub async fn reload(&self) -> Result<Reloaded, ConfigError> {
        self.look(Unchanged::Explained).await
    }

    /// Looks once, and schedules the second look where there is to be one.
    async fn look(&self, unchanged: Unchanged) -> Result<Reloaded, ConfigError> {
        match self.look_once(unchanged).await? {
            Look::Found(outcome) => Ok(outcome),
            Look::NewlyNoted => {
                if Handle::try_current().is_ok() {
                    self.look_again();
                }
                Ok(Reloaded::Noted)
            }
        }
    }

    async fn look_once(&self, unchanged: Unchanged) -> Result<Look, ConfigError> {
        if Handle::try_current().is_err() {
            return self.read_keys(unchanged);
        }
        let jwtauth = self.clone();
        match spawn_blocking(move || jwtauth.read_keys(unchanged)).await.map_err(|error| error.try_into_panic()) {
            Ok(result) => result,
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime is shutting down: no request will need keys any more.
            Err(Err(_)) => Ok(Look::Found(Reloaded::Same)),
        }
    }

    /// Looks again, in the background, until the content no longer changes or the application is gone.
    fn look_again(&self) {
        let jwtauth = self.downgrade();
        tokio::spawn(async move {
            loop {
                sleep(INTERVAL).await;
                let Some(jwtauth) = jwtauth() else { break };
                match jwtauth.look_once(Unchanged::Ignored).await {
                    // It is still being written, or the clock did not move as far as we slept.
                    Ok(Look::NewlyNoted | Look::Found(Reloaded::Noted)) => {}
                    Ok(Look::Found(_)) => break,
                    Err(error) => break log(&error),
                }
            }
        });
    }

    fn read_keys(&self, unchanged: Unchanged) -> Result<Look, ConfigError> {
        let source = self.key_source();
        if !source.in_files {
            return Ok(Look::Found(Reloaded::Same));
        }
        let mut last = source.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = last.files.iter().any(KeyFile::has_changed);
        if !is_new {
            last.noted = None;
            if last.in_use || unchanged == Unchanged::Ignored {
                return Ok(Look::Found(Reloaded::Same));
            }
        }
        let needs_seed = self.keeper().is_some_and(|keeper| keeper.needs_seed());
        let began = self.clock().since_epoch();
        let Reread { files, keys, warnings } = self.config().reread(&source.settings, needs_seed, self.now());
        if files == last.files {
            last.noted = None;
            if last.in_use || unchanged == Unchanged::Ignored {
                // It has changed back meanwhile.
                return Ok(Look::Found(Reloaded::Same));
            }
        } else {
            match last.judge(files, began, self.clock().since_epoch()) {
                Ripeness::New => return Ok(Look::NewlyNoted),
                Ripeness::Early => return Ok(Look::Found(Reloaded::Noted)),
                Ripeness::Ripe => {}
            }
        }
        last.settle(keys.is_ok());
        let keys = keys?;
        let (before, now) = (self.keys(), self.now());
        let sudden = self.config().jwks_path.is_some().then(|| sudden(&before, &keys, now)).flatten();
        for warning in warnings.into_iter().chain(missed(&before, &keys, now)).chain(sudden) {
            rocket::warn!("jwtauth: {warning}");
        }
        let names: Vec<_> = keys.keys().iter().map(|key| format!("`{}`", key.kid())).collect();
        self.roll(keys);
        rocket::info!("jwtauth: the keys have been read: {}", names.join(", "));
        Ok(Look::Found(Reloaded::Used))
    }
}

/// Says that new keys are not used, and why.
fn log(error: &ConfigError) {
    for fault in error.faults() {
        rocket::error!("jwtauth: the keys stay as they are: {fault}");
    }
}

/// The warning that a key went before its time.
fn missed(before: &KeyRing, after: &KeyRing, now: u64) -> Option<String> {
    let is_missed = |kid: &str| after.keys().iter().all(|key| key.kid() != kid);
    let gone = before.keys().iter().filter(|key| !key.is_retired(now) && is_missed(key.kid()));
    let names: Vec<_> = gone.map(|key| format!("`{}`", key.kid())).collect();
    (!names.is_empty()).then(|| {
        format!(
            "gone from the keys, and not retired before: {}; tokens of theirs are refused from now on. In a list \
             `keys`, the new one can stand beside the old one until these have expired",
            names.join(", ")
        )
    })
}

/// The warning that a key signs which nobody could fetch before.
fn sudden(before: &KeyRing, after: &KeyRing, now: u64) -> Option<String> {
    let signer = after.signer(now).filter(|key| !key.algorithm().is_hmac())?;
    before.keys().iter().all(|key| key.kid() != signer.kid()).then(|| {
        format!(
            "the key `{}` is new and signs already; who has fetched the keys before may keep them for {MAX_AGE} \
             seconds, and refuse its tokens until then: give a new key a `sign_from` further ahead than that",
            signer.kid()
        )
    })
}

/// Reads keys anew when their files change, or the process is told to by a signal, until the application shuts down
/// or is gone.
pub(crate) fn on_change(jwtauth: &JwtAuth, rocket: &rocket::Config, shutdown: Shutdown) {
    if jwtauth.key_source().in_files {
        let period = jwtauth.config().reload.map(Duration::from_secs);
        drop(watch(period, Signals::of(rocket), jwtauth, shutdown));
    }
}

fn watch(period: Option<Duration>, mut signals: Signals, jwtauth: &JwtAuth, mut shutdown: Shutdown) -> JoinHandle<()> {
    // Not the thing itself: an application that is dropped without a shutdown, in a test, is not kept by this.
    let jwtauth = jwtauth.downgrade();
    tokio::spawn(async move {
        loop {
            let unchanged = select! {
                () = &mut shutdown => break,
                signal = signals.next() => match signal {
                    Signal::Reload => Unchanged::Explained,
                    Signal::TerminalGone => break shutdown.notify(),
                },
                // What is wrong is told once, not every time.
                () = pause(period) => Unchanged::Ignored,
            };
            let Some(jwtauth) = jwtauth() else { break };
            if let Err(error) = jwtauth.look(unchanged).await {
                log(&error);
            }
        }
    })
}

async fn pause(period: Option<Duration>) {
    match period {
        Some(period) => sleep(period).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Instant;

    use rocket::figment::providers::Serialized;
    use rocket::local::asynchronous::Client;
    use rocket::tokio::task::yield_now;

    use super::*;
    use crate::clock::Clock;

    const SECRETS: [&str; 2] = ["the first secret of this test, 33", "the second secret of this test, 34"];

    /// An application whose secret is in a file.
    struct App {
        client: Client,
        file: PathBuf,
        clock: Clock,
    }

    impl App {
        async fn new(name: &str) -> Self {
            let file = std::env::temp_dir().join(format!("jwtauth-reload-{}-{name}", std::process::id()));
            fs::write(&file, SECRETS[0]).expect("a file");
            let settings = serde_json::json!({ "master_secret_file": file });
            let figment = rocket::Config::figment()
                .merge(Serialized::default("jwtauth", settings).profile("default"))
                .merge(Serialized::default("log_level", "off").profile("default"));
            let clock = Clock::manual(1_750_000_000);
            let rocket = rocket::custom(figment).attach(JwtAuth::fairing().clock(clock.clone()));
            App { client: Client::untracked(rocket).await.expect("a launch"), file, clock }
        }

        fn jwtauth(&self) -> &JwtAuth {
            self.client.rocket().state().expect("attached")
        }

        fn watch(&self) -> JoinHandle<()> {
            watch(Some(Duration::ZERO), Signals::none(), self.jwtauth(), self.client.rocket().shutdown())
        }

        fn kid(&self) -> String {
            self.jwtauth().keys().keys()[0].kid().to_owned()
        }

        /// Waits for what a watch does, whose clock goes on.
        async fn eventually(&self, happens: impl Fn() -> bool) {
            let begun = Instant::now();
            while !happens() {
                assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute");
                self.clock.advance(INTERVAL);
                yield_now().await;
            }
        }

        /// Whether the files are, as they are now, known to the watch, and their keys in use.
        fn is_up_to_date(&self) -> (bool, bool) {
            let last = self.jwtauth().key_source().last.lock().expect("no panic");
            (!last.files.iter().any(KeyFile::has_changed), last.in_use)
        }
    }

    impl Drop for App {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.file);
        }
    }

    #[rocket::async_test]
    async fn what_changes_is_used() {
        let app = App::new("changes").await;
        let (task, first) = (app.watch(), app.kid());
        for secret in [SECRETS[1], SECRETS[0], SECRETS[1]] {
            let before = app.kid();
            fs::write(&app.file, secret).expect("a file");
            app.eventually(|| app.kid() != before).await;
        }
        assert_ne!(app.kid(), first);
        app.client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn what_does_not_check_out_is_looked_at_once_and_the_watch_goes_on() {
        let app = App::new("broken").await;
        let (task, first) = (app.watch(), app.kid());
        fs::write(&app.file, "").expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, false)).await;
        assert_eq!(app.kid(), first);
        assert!(app.jwtauth().look(Unchanged::Ignored).await.is_ok(), "it has been told");
        assert!(app.jwtauth().look(Unchanged::Explained).await.is_err());
        fs::remove_file(&app.file).expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, false)).await;
        assert_eq!(app.kid(), first);
        fs::write(&app.file, SECRETS[1]).expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, true)).await;
        assert_ne!(app.kid(), first);
        app.client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn it_ends_with_the_application() {
        let app = App::new("ends").await;
        let task = app.watch();
        drop(app);
        task.await.expect("it ends");
    }
}
