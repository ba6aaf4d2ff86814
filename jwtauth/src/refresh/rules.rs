//! The rules of refreshing, in their order, with and without sessions.

use rocket::request::Request;

use super::sessions::{self, SessionLogin};
use super::stateless::{self, StatelessLogin};
use crate::claims::SessionId;
use crate::error::{AuthError, RefreshError};
use crate::issue::LoginFacts;
use crate::jwtauth::JwtAuth;
use crate::request::credential::Credential;
use crate::request::state::RequestState;

/// A login that can be refreshed.
pub(super) enum Refreshable {
    Stateless(StatelessLogin),
    Session(SessionLogin),
}

impl Refreshable {
    pub(super) fn userid(&self) -> &str {
        match self {
            Refreshable::Stateless(login) => &login.userid,
            Refreshable::Session(login) => &login.session.userid,
        }
    }

    pub(super) fn auth_time(&self) -> Option<u64> {
        match self {
            Refreshable::Stateless(login) => login.auth_time,
            Refreshable::Session(login) => Some(login.session.auth_time),
        }
    }

    pub(super) fn session_id(&self) -> Option<SessionId> {
        match self {
            Refreshable::Stateless(_) => None,
            Refreshable::Session(login) => Some(login.session.id),
        }
    }

    /// The data of the login, as JSON.
    pub(super) fn carried(&self) -> Option<&str> {
        match self {
            Refreshable::Stateless(login) => login.carried.as_deref(),
            Refreshable::Session(login) => login.session.carried.as_deref(),
        }
    }

    pub(super) fn facts(&self) -> LoginFacts {
        match self {
            Refreshable::Stateless(login) => login.facts(),
            Refreshable::Session(login) => login.facts(),
        }
    }
}

/// Checks whether the token of a request can be refreshed.
pub(super) async fn check(jwtauth: &JwtAuth, request: &Request<'_>) -> Result<Refreshable, RefreshError> {
    if !jwtauth.policy().allow_refresh {
        return Err(RefreshError::Disabled);
    }
    let Credential { token, .. } = credential(jwtauth, request)?;
    match jwtauth.session_manager() {
        Some(_) => sessions::check(jwtauth, request, token).await.map(Refreshable::Session),
        None => stateless::check(jwtauth, request, token).await.map(Refreshable::Stateless),
    }
}

/// The token that a request is to refresh.
pub(super) fn credential<'r>(jwtauth: &JwtAuth, request: &'r Request<'_>) -> Result<Credential<'r>, RefreshError> {
    Credential::refresh(request, RequestState::of(request), jwtauth.config()).map_err(|error| match error {
        AuthError::AmbiguousToken => RefreshError::AmbiguousToken,
        _ => RefreshError::MissingToken,
    })
}
