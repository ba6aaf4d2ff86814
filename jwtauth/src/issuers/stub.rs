//! Replaces the module `issuers` if the feature `issuers` is disabled. There are no issuers.

mod token;

use std::sync::Arc;

use rocket::Shutdown;

pub(crate) use self::token::IssuerToken;
use crate::claims::Claims;
use crate::error::AuthError;

/// No issuers.
#[derive(Default)]
pub(crate) struct Issuers;

/// No keys of issuers.
pub(crate) struct FixedKeys;

impl Issuers {
    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn roll(&self, _: Vec<(String, FixedKeys)>) {}

    pub(crate) fn is_of_one(&self, _: &[u8]) -> bool {
        false
    }

    #[allow(clippy::extra_unused_type_parameters)]
    pub(crate) async fn verify<C: Claims>(&self, _: &str) -> Result<Option<IssuerToken>, AuthError> {
        Ok(None)
    }
}

pub(crate) fn keep_fresh(_: &Arc<Issuers>, _: Shutdown) {}
