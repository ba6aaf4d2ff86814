use std::sync::Arc;

use rocket::tokio::runtime::Handle;
use rocket::tokio::task::spawn_blocking;

use super::delivery::Delivery;
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
    /// The most bytes that a token in a cookie can have. `None` without cookies.
    pub(crate) max_cookie: Option<usize>,
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
        let Unsigned { payload, times } = self.write(login, claims)?;
        let (ring, now) = (Arc::clone(self.ring), self.now);
        let signing = spawn_blocking(move || ring.sign(&payload, now));
        let token = signing.await.map_err(|_| not_issued(AuthError::Unavailable))?;
        self.signed(token, times, login.delivery)
    }

    /// Issues an access token, and signs it on this thread.
    pub(crate) fn mint_at_once<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Tokens, AuthError> {
        let Unsigned { payload, times } = self.write(login, claims)?;
        self.signed(self.ring.sign(&payload, self.now), times, login.delivery)
    }

    fn write<C: Claims>(&self, login: &Login<'_>, claims: &C) -> Result<Unsigned, AuthError> {
        if login.claims.userid.is_empty() {
            return Err(not_issued(AuthError::EmptyUserId));
        }
        if self.policy.is_of_issuer(login.claims.userid) {
            let userid = login.claims.userid.to_owned();
            return Err(not_issued(AuthError::ReservedUserId { userid }));
        }
        let issued = self.policy.issue(&login.claims, self.now);
        let seconds_until = |time: u64| time.saturating_sub(self.now);
        let expires_in = issued.exp.map(seconds_until);
        let login_expires_in = match self.policy.refreshes_tokens() {
            // An access token can remain valid after the time in which it can be refreshed.
            true => expires_in.zip(issued.refresh_until.map(seconds_until)).map(|(token, refresh)| token.max(refresh)),
            false => expires_in,
        };
        let payload = claims::write(&issued, claims, self.policy).map_err(AuthError::Claims).map_err(not_issued)?;
        Ok(Unsigned { payload, times: Times { expires_in, login_expires_in } })
    }

    fn signed(&self, token: Result<String, KeyError>, times: Times, delivery: Delivery) -> Result<Tokens, AuthError> {
        let access_token = token.map_err(AuthError::Key).map_err(not_issued)?;
        if access_token.len() > jws::MAX_LEN {
            return Err(not_issued(AuthError::Claims(ClaimsError::TooLong)));
        }
        if let (Delivery::Cookies { .. }, Some(max)) = (delivery, self.max_cookie)
            && access_token.len() > max
        {
            let largest = largest_claims(&access_token);
            let error = ClaimsError::CookieTooLong { len: access_token.len(), max, largest };
            return Err(not_issued(AuthError::Claims(error)));
        }
        Ok(Tokens {
            access_token,
            token_type: self.token_type.to_owned(),
            expires_in: times.expires_in,
            refresh_token: None,
            refresh_expires_in: None,
            login_expires_in: times.login_expires_in,
            is_refreshable: self.policy.refreshes_tokens(),
            delivery,
        })
    }
}

/// The payload of an unsigned token.
struct Unsigned {
    payload: Vec<u8>,
    times: Times,
}

/// How long a new token lasts, in seconds. `None` is unlimited.
struct Times {
    expires_in: Option<u64>,
    login_expires_in: Option<u64>,
}

/// The names of the largest claims of a token, with the bytes of their values, for the developer.
fn largest_claims(token: &str) -> String {
    let mut buffer = jws::Buffer::new();
    let payload = jws::payload(token.as_bytes(), &mut buffer).unwrap_or_default();
    let claims: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(payload).unwrap_or_default();
    let mut sizes = Vec::from_iter(claims.iter().map(|(name, value)| (value.to_string().len(), name)));
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let shown = sizes.iter().take(3).map(|(size, name)| format!("`{}` with {size} bytes", name.escape_debug()));
    Vec::from_iter(shown).join(", ")
}

/// Logs why no token is issued. The client only gets a status for a server error. The error text of the application's
/// `Serialize` is not logged, because it may contain values.
pub(crate) fn not_issued(error: AuthError) -> AuthError {
    match &error {
        AuthError::Claims(ClaimsError::Serialize(_)) => {
            rocket::error!("jwtauth: no token issued: the claims can't be serialized");
        }
        AuthError::Claims(ClaimsError::CarriedSerialize(_)) => {
            rocket::error!("jwtauth: no token issued: what the login carries can't be serialized");
        }
        error => rocket::error!("jwtauth: no token issued: {error}"),
    }
    error
}
