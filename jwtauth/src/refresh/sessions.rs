//! Refreshing with sessions: it spends a refresh token and extends the session.

use std::sync::Arc;

use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::nonce::NonceCheck;
use crate::claims::{Claims, LoginClaims};
use crate::error::{RefreshError, TokenError};
use crate::issue::{Delivery, Login, LoginFacts, Tokens};
use crate::jws;
use crate::jwtauth::JwtAuth;
use crate::session::{EndReason, RefreshOutcome, RefreshTokenKey, SessionRecord};

/// The session of a verified refresh token. Renewing spends the token.
pub(super) struct SessionLogin {
    pub(super) session: SessionRecord,
    /// The key of the session. It created the token and creates its successor.
    key: Arc<RefreshTokenKey>,
    generation: u64,
    /// When the token was presented. The time that the application's loader takes does not reduce the grace period.
    presented: u64,
}

impl SessionLogin {
    /// Spends the refresh token, and issues the tokens that the client gets for it.
    pub(super) async fn renew<C: Claims>(
        &self,
        jwtauth: &JwtAuth,
        claims: &C,
        delivery: Delivery,
    ) -> Result<Tokens, RefreshError> {
        let sessions = jwtauth.session_manager().ok_or(RefreshError::SessionEnded)?;
        let SessionLogin { key, session, generation, presented } = self;
        // The token is signed first, so that no step that can fail or wait comes after the refresh token has been
        // spent. The exception is a step of another request since the session was looked up.
        let foreseen = match sessions.foresee(key, session, *generation, *presented) {
            RefreshOutcome::Next { generation } | RefreshOutcome::Repeated { generation, .. } => generation,
            _ => session.generation,
        };
        let tokens = self.mint(jwtauth, claims, foreseen, delivery).await?;
        let now = jwtauth.now();
        let (handed_out, ends_at) = sessions.advance(key, session, *generation, *presented, now).await?;
        let tokens = match handed_out == foreseen {
            true => tokens,
            // If this fails, the client sends the same refresh token again.
            false => self.mint(jwtauth, claims, handed_out, delivery).await?,
        };
        Ok(tokens.with_refresh(key.token(session.id, handed_out), ends_at.saturating_sub(now)))
    }

    /// Issues an access token of this generation.
    async fn mint<C: Claims>(
        &self,
        jwtauth: &JwtAuth,
        claims: &C,
        generation: u64,
        delivery: Delivery,
    ) -> Result<Tokens, RefreshError> {
        let SessionRecord { id, userid, created, auth_time, carried, .. } = &self.session;
        let login_claims = LoginClaims {
            auth_time: Some(*auth_time),
            login_time: Some(*created),
            session: Some((*id, generation)),
            carried: carried.as_deref(),
            ..LoginClaims::of(userid)
        };
        jwtauth.mint(&Login { claims: login_claims, delivery }, claims).await.map_err(RefreshError::Issue)
    }

    pub(super) fn facts(&self) -> LoginFacts {
        let SessionRecord { id, auth_time, carried, .. } = &self.session;
        LoginFacts { session_id: Some(*id), auth_time: Some(*auth_time), carried: carried.as_deref().map(Box::from) }
    }

    /// Ends the session, and returns the error for the response.
    pub(super) async fn end(&self, jwtauth: &JwtAuth, why: EndReason) -> RefreshError {
        let Some(sessions) = jwtauth.session_manager() else {
            return RefreshError::SessionEnded;
        };
        match sessions.end(self.session.id, jwtauth.now(), why).await {
            Ok(_) if why == EndReason::NonceChanged => RefreshError::Nonce,
            Ok(_) => RefreshError::NoSuchUser,
            Err(away) => away.into(),
        }
    }
}

/// Checks a refresh token. A forged token is refused without a request to the store. A token of a key other than the
/// session's key, and a session that has ended, are refused before the nonce handler is called.
pub(super) async fn check(jwtauth: &JwtAuth, request: &Request<'_>, token: &str) -> Result<SessionLogin, RefreshError> {
    let sessions = jwtauth.session_manager().ok_or(RefreshError::SessionEnded)?;
    let (key, id, generation) = sessions.open(token).map_err(|error| match error {
        TokenError::Malformed => RefreshError::InvalidToken(jws::unknown_form(token.as_bytes())),
        error => RefreshError::InvalidToken(error),
    })?;
    let presented = jwtauth.now();
    let session = sessions.refreshable(&key, id, generation, presented).await?;
    // A login no longer accepts an empty user id. Sessions of earlier versions may have one.
    if session.userid.is_empty() {
        return Err(RefreshError::UserId);
    }
    let login = SessionLogin { session, key, generation, presented };
    check_nonce(jwtauth, request, &login).await?;
    Ok(login)
}

/// Compares the user's current nonce with that of the login. If they differ, the session can never be refreshed again,
/// so it ends.
async fn check_nonce(jwtauth: &JwtAuth, request: &Request<'_>, login: &SessionLogin) -> Result<(), RefreshError> {
    let SessionRecord { id, userid, nonce_digest, .. } = &login.session;
    let is_same = |current: &str, digest: &[u8]| bool::from(login.key.nonce_digest(*id, current)[..].ct_eq(digest));
    let digest = nonce_digest.as_ref().map(|digest| &digest[..]);
    let (check, has_recursed) = NonceCheck::of(jwtauth, request, userid, digest, is_same, || login.facts()).await;
    match check {
        NonceCheck::NotAsked => Ok(()),
        NonceCheck::Missing => Err(RefreshError::MissingClaim),
        // The result of the handler may be wrong, and must not end the session.
        _ if has_recursed => Err(RefreshError::Recursion),
        NonceCheck::Same(_) => Ok(()),
        NonceCheck::Changed => Err(login.end(jwtauth, EndReason::NonceChanged).await),
        NonceCheck::NoSuchUser => Err(login.end(jwtauth, EndReason::UserGone).await),
        // A guard of the handler refused. This does not concern the user, and the guard may succeed the next time.
        NonceCheck::Refused => Err(RefreshError::Nonce),
        NonceCheck::Unavailable => Err(RefreshError::Unavailable),
    }
}
