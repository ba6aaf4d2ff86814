//! The list of issuers without the feature `issuers`. It must be absent.

use super::error::ConfigError;
use super::names::ISSUERS;
use super::settings::Settings;
use super::userids::Users;
use crate::clock::Clock;
use crate::issuers::Issuers;

/// No issuers.
#[derive(Default)]
pub(crate) struct ChosenIssuers;

impl ChosenIssuers {
    pub(crate) async fn launch(&mut self, _: &Clock) -> Result<Issuers, ConfigError> {
        Ok(Issuers)
    }
}

/// No issuers.
#[derive(Default)]
pub(super) struct ReadIssuers {
    pub(super) chosen: ChosenIssuers,
}

/// Adds a fault if the list is present.
pub(super) fn read(
    settings: &mut Settings<'_>,
    _own: Option<&str>,
    _users: Users,
    _verified_cache: usize,
) -> ReadIssuers {
    if let Some((_, origin)) = settings.take(ISSUERS) {
        settings.fault(
            ISSUERS,
            Some(&origin),
            "needs the Cargo feature `issuers` of jwtauth, which this program was built without",
            "write `jwtauth = { version = \"…\", features = [\"issuers\"] }` in Cargo.toml",
        );
    }
    ReadIssuers::default()
}
