//! Rereads the keys and replaces them.

use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError};

use rocket::tokio::runtime::Handle;
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::{self, time::sleep};

use super::outcome::Reloaded;
use super::source::{INTERVAL, Ripeness};
use super::state::Rotation;
use super::warnings::{missed, sudden};
use crate::config::{ConfigError, KeyFile, Reread};
use crate::keys::KeyRing;

/// What to do if the files have not changed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unchanged {
    Ignored,
    /// Files whose keys are not in use are reread, to report their faults again.
    Explained,
}

/// The result of one look at the files.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// The outcome to report.
    Found(Reloaded),
    /// The content is new. It must be read a second time.
    NewlyNoted,
}

impl Rotation {
    /// See [`JwtAuth::reload`](crate::JwtAuth::reload).
    pub(crate) async fn reload(self: &Arc<Self>) -> Result<Reloaded, ConfigError> {
        self.look(Unchanged::Explained).await
    }

    /// Looks at the files once. Schedules the second look if their content is new.
    pub(super) async fn look(self: &Arc<Self>, unchanged: Unchanged) -> Result<Reloaded, ConfigError> {
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

    async fn look_once(self: &Arc<Self>, unchanged: Unchanged) -> Result<Look, ConfigError> {
        if Handle::try_current().is_err() {
            return self.read_keys(unchanged);
        }
        let rotation = Arc::clone(self);
        match spawn_blocking(move || rotation.read_keys(unchanged)).await.map_err(|error| error.try_into_panic()) {
            Ok(result) => result,
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime is shutting down, and no request needs keys any more.
            Err(Err(_)) => Ok(Look::Found(Reloaded::Same)),
        }
    }

    /// Looks again in the background until the content stops changing or the application is dropped.
    fn look_again(self: &Arc<Self>) {
        let rotation = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(INTERVAL).await;
                let Some(rotation) = rotation.upgrade() else { break };
                match rotation.look_once(Unchanged::Ignored).await {
                    // The file is still being written, or the clock moved less than the sleep.
                    Ok(Look::NewlyNoted | Look::Found(Reloaded::Noted)) => {}
                    Ok(Look::Found(_)) => break,
                    Err(error) => break log(&error),
                }
            }
        });
    }

    fn read_keys(&self, unchanged: Unchanged) -> Result<Look, ConfigError> {
        let source = &self.source;
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
        let began = self.clock.since_epoch();
        let derives = self.derives_refresh_tokens();
        let Reread { files, keys, issuers, outcome, warnings } =
            self.config.reread(&source.settings, derives, self.clock.now());
        if files == last.files {
            last.noted = None;
            if last.in_use || unchanged == Unchanged::Ignored {
                // The files have their old content again.
                return Ok(Look::Found(Reloaded::Same));
            }
        } else {
            match last.judge(files, began, self.clock.since_epoch()) {
                Ripeness::New => return Ok(Look::NewlyNoted),
                Ripeness::Early => return Ok(Look::Found(Reloaded::Noted)),
                Ripeness::Ripe => {}
            }
        }
        last.settle(outcome.is_ok());
        for warning in warnings {
            rocket::warn!("jwtauth: {warning}");
        }
        if let Some(keys) = keys {
            self.replace_own(keys);
        }
        let names: Vec<_> = issuers.iter().map(|(name, _)| &**name).collect();
        if !names.is_empty() {
            rocket::info!("jwtauth: the keys in files of issuers have been read: {}", names.join(", "));
        }
        self.issuers.roll(issuers);
        outcome.map(|()| Look::Found(Reloaded::Used))
    }

    /// Replaces the application's own keys.
    fn replace_own(&self, keys: KeyRing) {
        let (before, now) = (self.ring(), self.clock.now());
        let sudden = self.config.jwks_path.is_some().then(|| sudden(&before, &keys, now)).flatten();
        for warning in missed(&before, &keys, now).into_iter().chain(sudden) {
            rocket::warn!("jwtauth: {warning}");
        }
        let names: Vec<_> = keys.keys().iter().map(|key| format!("`{}`", key.kid())).collect();
        self.roll(keys);
        if !names.is_empty() {
            rocket::info!("jwtauth: the keys have been read: {}", names.join(", "));
        }
    }
}

/// Logs why new keys are not used.
pub(super) fn log(error: &ConfigError) {
    for fault in error.faults() {
        // `issuers[0].jwks_file`, for example.
        let keys = if fault.setting().starts_with("issuers") { "keys of an issuer" } else { "keys" };
        rocket::error!("jwtauth: the {keys} stay as they are: {fault}");
    }
}
