//! Derives the rules for tokens from the settings.

#[cfg(feature = "issuers")]
use super::issuer_config::IssuerConfig;
#[cfg(feature = "issuers")]
use super::tenants::Tenants;
use super::values::Config;
#[cfg(feature = "issuers")]
use crate::claims::issuer::{IssuerName, IssuerRules, PermissionsClaim, UserIdPrefix};
use crate::claims::policy::Policy;

/// The rules for the application's own tokens.
pub(super) fn of_application(config: &Config) -> Policy {
    Policy {
        userid_claim: config.userid_claim.clone(),
        issuer: config.issuer.clone(),
        audience: config.audience.clone(),
        leeway: config.leeway,
        expiration_delta: config.expiration_delta,
        refresh_delta: config.refresh_delta,
        max_lifetime: config.max_lifetime,
        allow_refresh: config.allow_refresh == Some(true),
        verify_expiration_on_refresh: config.verify_expiration_on_refresh,
        sessions: config.sessions.is_some(),
        #[cfg(feature = "issuers")]
        with_issuers: !config.issuers.is_empty(),
        #[cfg(not(feature = "issuers"))]
        with_issuers: false,
        #[cfg(feature = "issuers")]
        reserved_prefixes: config.issuers.iter().filter_map(prefix).collect(),
        #[cfg(not(feature = "issuers"))]
        reserved_prefixes: Vec::new(),
        of_issuer: None,
    }
}

/// The rules for an issuer's tokens.
#[cfg(feature = "issuers")]
pub(super) fn of_issuer(issuer: &IssuerConfig) -> Policy {
    Policy {
        userid_claim: issuer.userid_claim.to_string(),
        issuer: Some(issuer.issuer.clone()),
        audience: issuer.audience.clone(),
        leeway: issuer.leeway,
        // The value is unused. Any limit requires the claim `exp`.
        expiration_delta: Some(0),
        refresh_delta: None,
        max_lifetime: None,
        allow_refresh: false,
        verify_expiration_on_refresh: true,
        sessions: false,
        with_issuers: true,
        reserved_prefixes: Vec::new(),
        of_issuer: Some(IssuerRules {
            name: IssuerName::from(&*issuer.issuer),
            tenants: match &issuer.tenants {
                Some(Tenants::Listed(tenants)) => Some(tenants.clone()),
                Some(Tenants::Any) | None => None,
            },
            audience_claim: issuer.audience_claim.clone(),
            require: issuer.require.clone(),
            userid: issuer.userid_claim.clone(),
            userid_prefix: prefix(issuer),
            permissions: issuer
                .permissions_claim
                .clone()
                .map(|claim| PermissionsClaim { claim, names: issuer.permissions.clone() }),
        }),
    }
}

#[cfg(feature = "issuers")]
fn prefix(issuer: &IssuerConfig) -> Option<UserIdPrefix> {
    issuer.userid_prefix.as_deref().and_then(UserIdPrefix::parse)
}
