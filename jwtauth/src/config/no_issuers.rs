//! The list of issuers without the feature `issuers`. It must be absent.

use figment::Figment;

use super::error::ConfigError;
use super::findings::Findings;
use super::grant::Grant;
use super::names::ISSUERS;
use super::resource::Resource;
use super::settings::Settings;
use super::userids::Users;
use super::values::Config;
use crate::clock::Clock;
use crate::issuers::{FixedKeys, Issuers};

/// No issuers.
#[derive(Default)]
pub(crate) struct ChosenIssuers;

impl ChosenIssuers {
    pub(crate) async fn launch(&mut self, _: &Clock) -> Result<Issuers, ConfigError> {
        Ok(Issuers)
    }

    pub(crate) fn grants(self) -> Vec<Grant> {
        Vec::new()
    }
}

/// No issuers.
#[derive(Default)]
pub(super) struct ReadIssuers {
    pub(super) chosen: ChosenIssuers,
}

impl ReadIssuers {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}

/// There is nothing to reread.
pub(super) fn reread(_: &Config, _: &Figment) -> (Findings, Vec<(String, FixedKeys)>) {
    (Findings::default(), Vec::new())
}

/// Adds a fault if the list is present.
pub(super) fn read(
    settings: &mut Settings<'_>,
    _own: Option<&str>,
    _users: Users,
    _verified_cache: usize,
    _resource: Option<&Resource>,
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
