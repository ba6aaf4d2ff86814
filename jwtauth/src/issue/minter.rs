use std::sync::Arc;

use rocket::tokio::runtime::Handle;
use rocket::tokio::task::spawn_blocking;

use super::login::Login;
use super::tokens::Tokens;
use crate::claims;
use crate::claims::Claims;
use crate::claims::policy::Policy;
use crate::error::{AuthError, ClaimsError, KeyError};
use crate::jws;
use crate::keys::KeyRing;

/// Writes and signs access tokens.
pub(crate) struct Minter<'m> {
    pub(crate) ring: &'m Arc<KeyRing>,
    pub(crate) policy: &'m Policy,
    /// The setting `auth_header_prefix`.
    pub(crate) token_type: &'m str,
    pub(crate) now: u64,
}

impl Minter<'_> {
    /// Whether a signature takes about a millisecond and would block a thread that serves requests. Outside of a
    /// runtime there are no such threads.
    pub(crate) fn signs_slowly(&self) -> bool {
        self.ring.signer(self.now).is_some_and(|key| key.algorithm().is_rsa()) && Handle::try_current().is_ok()
    }

    /// Issues an access token. A slow signature runs on a thread for blocking work.
    pub(crate) async fn mint<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Tokens, AuthError> {
        if !self.signs_slowly() {
            return self.mint_at_once(login, claims);
        }
        let Unsigned { payload, expires_in } = self.write(login, claims)?;
        let (ring, now) = (Arc::clone(self.ring), self.now);
        let signing = spawn_blocking(move || ring.sign(&payload, now));
        let token = signing.await.map_err(|_| not_issued(AuthError::Unavailable))?;
        self.signed(token, expires_in)
    }

    /// Issues an access token, and signs it on this thread.
    pub(crate) fn mint_at_once<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Tokens, AuthError> {
        let Unsigned { payload, expires_in } = self.write(login, claims)?;
        self.signed(self.ring.sign(&payload, self.now), expires_in)
    }

    fn write<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Unsigned, AuthError> {
        let Login { userid, auth_time, nonce, session } = *login;
        if userid.is_empty() {
            return Err(not_issued(AuthError::EmptyUserId));
        }
        let issued = self.policy.issue(userid, auth_time.unwrap_or(self.now), nonce, session, self.now);
        let expires_in = issued.exp.map(|exp| exp.saturating_sub(self.now));
        let payload = claims::write(&issued, claims, self.policy).map_err(AuthError::Claims).map_err(not_issued)?;
        Ok(Unsigned { payload, expires_in })
    }

    fn signed(&self, token: Result<String, KeyError>, expires_in: Option<u64>) -> Result<Tokens, AuthError> {
        let access_token = token.map_err(AuthError::Key).map_err(not_issued)?;
        if access_token.len() > jws::MAX_LEN {
            return Err(not_issued(AuthError::Claims(ClaimsError::TooLong)));
        }
        let token_type = self.token_type.to_owned();
        Ok(Tokens { access_token, token_type, expires_in, refresh_token: None, refresh_expires_in: None })
    }
}

/// The payload of an unsigned token.
struct Unsigned {
    payload: Vec<u8>,
    expires_in: Option<u64>,
}

/// Logs why no token is issued. The client only gets a status for a server error. The error text of the application's
/// `Serialize` is not logged, because it may contain values.
pub(crate) fn not_issued(error: AuthError) -> AuthError {
    match &error {
        AuthError::Claims(ClaimsError::Serialize(_)) => {
            rocket::error!("jwtauth: no token issued: the claims can't be serialized");
        }
        error => rocket::error!("jwtauth: no token issued: {error}"),
    }
    error
}
