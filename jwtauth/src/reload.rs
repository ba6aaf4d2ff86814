//! Keys that roll: their files are looked at, read anew, and what they hold is used from then on.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use figment::Figment;
use rocket::Shutdown;
use rocket::tokio::runtime::Handle;
use rocket::tokio::task::{JoinHandle, spawn_blocking};
use rocket::tokio::{self, select, time::sleep};
use sha2::{Digest, Sha256};

use crate::config::read_file;
use crate::{ConfigError, JwtAuth};

/// Where the keys come from.
pub(crate) struct KeySource {
    figment: Figment,
    files: Vec<PathBuf>,
    /// Held while they are read, so that what was read last is what is used.
    reading: Mutex<()>,
}

impl KeySource {
    pub(crate) fn new(figment: &Figment, files: Vec<PathBuf>) -> Self {
        KeySource { figment: figment.clone(), files, reading: Mutex::new(()) }
    }

    /// What is in the files now, so that it can be told whether that changes.
    fn fingerprint(&self) -> Vec<Option<[u8; 32]>> {
        let fingerprint = |file: &PathBuf| read_file(file).ok().map(|content| Sha256::digest(content).into());
        self.files.iter().map(fingerprint).collect()
    }
}

impl JwtAuth {
    /// Reads the files of the keys anew, and uses from now on what is in them: the keys of all requests to come
    /// and all tokens to be issued. The settings themselves are those of the launch; keys that are in no file stay
    /// as they are.
    ///
    /// The same happens by itself, every so often if [`reload`](crate::Config::reload) is set, and where there is
    /// such a thing, when the process gets a SIGHUP, unless that is one of Rocket's `shutdown.signals`. What goes
    /// wrong then is in the log.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// use rocket::{http::Status, post};
    ///
    /// #[post("/admin/reload-keys")]
    /// async fn reload_keys(jwtauth: &JwtAuth) -> Result<(), Status> {
    ///     jwtauth.reload().await.map_err(|error| {
    ///         rocket::error!("{error}");
    ///         Status::InternalServerError
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// All faults of the keys at once, as at launch. Then the keys stay as they are.
    pub async fn reload(&self) -> Result<(), ConfigError> {
        if Handle::try_current().is_err() {
            return self.read_keys();
        }
        let jwtauth = self.clone();
        match spawn_blocking(move || jwtauth.read_keys()).await {
            Ok(result) => result,
            // The runtime is shutting down: nobody will need keys any more.
            Err(_) => Ok(()),
        }
    }

    fn read_keys(&self) -> Result<(), ConfigError> {
        let source = self.key_source();
        if source.files.is_empty() {
            return Ok(());
        }
        let _reading = source.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let needs_seed = self.keeper().is_some_and(|keeper| keeper.needs_seed());
        let (keys, warnings) = self.config().reread(&source.figment, needs_seed, self.now())?;
        for warning in warnings {
            rocket::warn!("jwtauth: {warning}");
        }
        let names: Vec<_> = keys.keys().iter().map(|key| format!("`{}`", key.kid())).collect();
        self.roll(keys);
        rocket::info!("jwtauth: the keys have been read: {}", names.join(", "));
        Ok(())
    }
}

/// Reads keys anew when their files change, or the process is told to by a signal, until the application shuts down
/// or is gone.
pub(crate) fn reload_on_change(jwtauth: &JwtAuth, hang_up: bool, shutdown: Shutdown) {
    if !jwtauth.key_source().files.is_empty() {
        let period = jwtauth.config().reload.map(Duration::from_secs);
        drop(watch(period, hang_up, jwtauth, shutdown));
    }
}

fn watch(period: Option<Duration>, hang_up: bool, jwtauth: &JwtAuth, mut shutdown: Shutdown) -> JoinHandle<()> {
    let weak = jwtauth.downgrade();
    // Before the first look: what changes between this and the launch would not be seen otherwise.
    let mut seen = jwtauth.key_source().fingerprint();
    let mut signals = Signals::new(hang_up);
    tokio::spawn(async move {
        loop {
            let by_signal = select! {
                () = &mut shutdown => break,
                () = signals.next() => true,
                () = pause(period) => false,
            };
            let Some(jwtauth) = weak() else { break };
            let look = jwtauth.clone();
            let Ok(found) = spawn_blocking(move || look.key_source().fingerprint()).await else { break };
            if by_signal || found != seen {
                // Also if it does not check out: that is told once, not every time.
                seen = found;
                if let Err(error) = jwtauth.reload().await {
                    for line in error.to_string().lines() {
                        rocket::error!("{line}");
                    }
                    rocket::error!("jwtauth: the keys stay as they are");
                }
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

/// What the operator says to the process: SIGHUP, where there is such a thing.
struct Signals {
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    #[cfg(unix)]
    fn new(hang_up: bool) -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Signals { hang_up: if hang_up { signal(SignalKind::hangup()).ok() } else { None } }
    }

    #[cfg(not(unix))]
    fn new(_: bool) -> Self {
        Signals {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(hang_up) = &mut self.hang_up
            && hang_up.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
