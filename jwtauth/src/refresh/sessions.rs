//! Refreshing with sessions: a refresh token is spent, and the session goes on.

use std::sync::Arc;

use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::nonce::NonceCheck;
use crate::claims::Claims;
use crate::error::{RefreshError, TokenError};
use crate::issue::{Login, Tokens};
use crate::jws;
use crate::jwtauth::JwtAuth;
use crate::session::{EndReason, RefreshTokenKey, SessionRecord};

/// The session of a refresh token that has been checked. Renewing spends the token.
pub(super) struct SessionLogin {
    pub(super) session: SessionRecord,
    /// What made the token, and makes its successor: the key of the session.
    key: Arc<RefreshTokenKey>,
    generation: u64,
    /// When it was presented. The time that the application's loader takes does not count against its grace.
    presented: u64,
}

impl SessionLogin {
    /// Spends the refresh token, and issues its successor.
    pub(super) async fn renew<C: Claims>(&self, jwtauth: &JwtAuth, claims: &C) -> Result<Tokens, RefreshError> {
        let sessions = jwtauth.keeper().ok_or(RefreshError::SessionEnded)?;
        let SessionLogin { key, session, generation, presented } = self;
        let SessionRecord { id, userid, created, .. } = session;
        // The token is signed first: nothing that can fail or wait comes after the refresh token has been spent.
        let login = Login { userid, auth_time: Some(*created), nonce: None, sid: Some(*id) };
        let tokens = jwtauth.mint(&login, claims).await.map_err(RefreshError::Issue)?;
        let now = jwtauth.now();
        let (next, ends_at) = sessions.advance(key, session, *generation, *presented, now).await?;
        Ok(tokens.with_refresh(key.token(*id, next), ends_at.saturating_sub(now)))
    }

    /// Ends the session, and gives the error that the request is answered with.
    pub(super) async fn end(&self, jwtauth: &JwtAuth, why: EndReason) -> RefreshError {
        let Some(sessions) = jwtauth.keeper() else {
            return RefreshError::SessionEnded;
        };
        match sessions.end(self.session.id, jwtauth.now(), why).await {
            Ok(_) if why == EndReason::NonceChanged => RefreshError::Nonce,
            Ok(_) => RefreshError::NoSuchUser,
            Err(away) => away.into(),
        }
    }
}

/// The rules. A forged token is refused without a question to the store. A token of another key than the session's, and
/// a session that is over, are refused before the nonce handler is asked.
pub(super) async fn check(jwtauth: &JwtAuth, request: &Request<'_>, token: &str) -> Result<SessionLogin, RefreshError> {
    let sessions = jwtauth.keeper().ok_or(RefreshError::SessionEnded)?;
    let (key, id, generation) = sessions.open(token).map_err(|error| match error {
        TokenError::Malformed => RefreshError::InvalidToken(jws::unknown_form(token.as_bytes())),
        error => RefreshError::InvalidToken(error),
    })?;
    let presented = jwtauth.now();
    let session = sessions.refreshable(&key, id, generation, presented).await?;
    // No login has an empty user id any more; sessions from before may.
    if session.userid.is_empty() {
        return Err(RefreshError::UserId);
    }
    let login = SessionLogin { session, key, generation, presented };
    check_nonce(jwtauth, request, &login).await?;
    Ok(login)
}

/// Compares the user's current nonce with that of the login. A session with another nonce can never be refreshed again,
/// so it ends.
async fn check_nonce(jwtauth: &JwtAuth, request: &Request<'_>, login: &SessionLogin) -> Result<(), RefreshError> {
    let SessionRecord { id, userid, nonce_digest, .. } = &login.session;
    let is_same = |current: &str, digest: &[u8]| bool::from(login.key.nonce_digest(*id, current)[..].ct_eq(digest));
    let digest = nonce_digest.as_ref().map(|digest| &digest[..]);
    let (check, has_recursed) = NonceCheck::of(jwtauth, request, userid, digest, is_same).await;
    match check {
        NonceCheck::NotAsked => Ok(()),
        NonceCheck::Missing => Err(RefreshError::MissingClaim),
        // A wrong answer must not end the session.
        _ if has_recursed => Err(RefreshError::Recursion),
        NonceCheck::Same(_) => Ok(()),
        NonceCheck::Changed => Err(login.end(jwtauth, EndReason::NonceChanged).await),
        NonceCheck::NoSuchUser => Err(login.end(jwtauth, EndReason::UserGone).await),
        // A guard of the handler says nothing of the user, and may answer otherwise the next time.
        NonceCheck::Refused => Err(RefreshError::Nonce),
        NonceCheck::Unavailable => Err(RefreshError::Unavailable),
    }
}
