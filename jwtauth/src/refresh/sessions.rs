//! What happens to sessions in requests: they begin, are refreshed, and end.

use std::sync::Arc;

use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::nonce::Nonce;
use super::refreshing::Refreshable;
use crate::claims::Claims;
use crate::claims::session_id::SessionId;
use crate::error::KeyError;
use crate::error::{AuthError, RefreshError, TokenError};
use crate::issue::Tokens;
use crate::jwtauth::JwtAuth;
use crate::jwtauth::not_issued;
use crate::request::bearer as extract;
use crate::request::state::RequestState;
use crate::session::{EndReason, RefreshTokenKey, SessionManager, SessionRecord, label};
use crate::{claims, jws as token};

/// A refresh token that has been checked, and is spent by renewing.
pub(crate) struct Spending {
    /// What made it, and makes its successor: the key of the session.
    key: Arc<RefreshTokenKey>,
    session: SessionRecord,
    generation: u64,
    /// When it was presented. What the application's loader takes does not count against its grace.
    presented: u64,
}

impl JwtAuth {
    /// Issues the tokens of a user who has just logged in. With sessions, one begins.
    pub(crate) async fn login<C: Claims>(
        &self,
        userid: &str,
        claims: &C,
        nonce: Option<&str>,
        client: &str,
    ) -> Result<Tokens, AuthError> {
        let Some(keeper) = self.keeper() else {
            return self.mint(userid, claims, None, nonce, None).await;
        };
        let now = self.now();
        let key = keeper.key(now).ok_or_else(|| not_issued(AuthError::Key(KeyError::NoPrivateKey)))?;
        let mut session = keeper.new_session(userid, now)?;
        session.key_id = Some(key.id());
        session.nonce_digest = nonce.map(|nonce| key.nonce_digest(session.id, nonce));
        session.label = label(client).to_owned();
        // Signed first: a token that can't be made leaves no session behind.
        let tokens = self.mint(userid, claims, Some(session.created), None, Some(session.id)).await?;
        keeper.begin(&session).await?;
        Ok(tokens.with_refresh(key.token(session.id, 0), session.ends_at - session.created))
    }

    /// Spends a refresh token, and issues what comes after it.
    pub(crate) async fn rotate<C: Claims>(&self, spending: &Spending, claims: &C) -> Result<Tokens, RefreshError> {
        let keeper = self.keeper().ok_or(RefreshError::SessionEnded)?;
        let Spending { key, session, generation, presented } = spending;
        // Signed first, so that nothing that can fail or wait comes after the token has been spent.
        let tokens = self.mint(&session.userid, claims, Some(session.created), None, Some(session.id)).await;
        let tokens = tokens.map_err(RefreshError::Issue)?;
        let now = self.now();
        let (next, ends_at) = keeper.advance(key, session, *generation, *presented, now).await?;
        Ok(tokens.with_refresh(key.token(session.id, next), ends_at.saturating_sub(now)))
    }

    /// Ends a session that is not to be refreshed any more, and says with which error.
    pub(crate) async fn end_for(&self, spending: &Spending, why: EndReason) -> RefreshError {
        let Some(keeper) = self.keeper() else {
            return RefreshError::SessionEnded;
        };
        match keeper.end(spending.session.id, self.now(), why).await {
            Ok(_) if why == EndReason::NonceChanged => RefreshError::Nonce,
            Ok(_) => RefreshError::NoSuchUser,
            Err(away) => away.into(),
        }
    }

    /// Ends the session that the token of a request belongs to, whichever of the two it is.
    pub(crate) async fn logout(&self, request: &Request<'_>) -> Result<(), AuthError> {
        let Some(keeper) = self.keeper() else {
            return Ok(());
        };
        let token = extract::token(request, &self.config().auth_header_prefix)?;
        if self.is_foreign(token) {
            return Ok(());
        }
        let now = self.now();
        let id = match keeper.open(token) {
            // Also of one that was spent long ago: to end the session is all that comes of it.
            Ok((key, id, _)) => {
                keeper.may_end(&key, id).await?;
                id
            }
            // Not in the form of a refresh token.
            Err(TokenError::Malformed) => self.named_in(token, now)?,
            Err(error) => return Err(error.into()),
        };
        keeper.end(id, now, EndReason::Logout).await?;
        Ok(())
    }

    /// Looks at the session of an access token.
    pub(crate) async fn check_session(&self, id: Option<SessionId>) -> Result<(), AuthError> {
        let Some(keeper) = self.keeper() else {
            return Ok(());
        };
        // A token from before there were sessions belongs to none that could be ended.
        let id = id.ok_or_else(|| claims::lacks("sid", self.policy()))?;
        let now = self.now();
        match keeper.recall(id, now) {
            Some(checked) => checked,
            // In a box of its own, so that the usual case stays small.
            None => Box::pin(keeper.check(id, now)).await,
        }
    }

    /// The session that an access token names, which may have expired.
    fn named_in(&self, token: &str, now: u64) -> Result<SessionId, TokenError> {
        self.inspect(token, now, |read| {
            self.policy().check_logout(&read.registered, now)?;
            read.registered.sid.ok_or_else(|| claims::lacks("sid", self.policy()))
        })?
    }
}

/// The rules of refreshing with sessions: what is forged is refused without asking anybody, what was made with another
/// key than the session's or is over before the nonce handler is asked.
pub(crate) async fn refreshable(
    jwtauth: &JwtAuth,
    keeper: &Arc<SessionManager>,
    request: &Request<'_>,
    token: &str,
) -> Result<Refreshable, RefreshError> {
    let (key, id, generation) = keeper.open(token).map_err(|error| match error {
        TokenError::Malformed => RefreshError::InvalidToken(token::unknown_form(token.as_bytes())),
        error => RefreshError::InvalidToken(error),
    })?;
    let presented = jwtauth.now();
    let session = keeper.refreshable(&key, id, generation, presented).await?;
    // No login has an empty user id any more; sessions from before may.
    if session.userid.is_empty() {
        return Err(RefreshError::UserId);
    }
    let spending = Spending { key, session, generation, presented };
    check_nonce(jwtauth, request, &spending).await?;
    let SessionRecord { userid, created, .. } = &spending.session;
    Ok(Refreshable { userid: userid.clone(), auth_time: Some(*created), nonce: None, spending: Some(spending) })
}

/// Compares the user's nonce of today with that of the login. A session whose nonce is another will never be
/// refreshed again, so it ends.
async fn check_nonce(jwtauth: &JwtAuth, request: &Request<'_>, spending: &Spending) -> Result<(), RefreshError> {
    if jwtauth.nonce_handler().is_none() {
        return Ok(());
    }
    let SessionRecord { id, userid, nonce_digest, .. } = &spending.session;
    // Before the handler is asked: its guards may take a connection from a pool.
    let Some(digest) = nonce_digest else {
        return Err(RefreshError::MissingClaim);
    };
    let nonce = jwtauth.ask_nonce(request, userid).await;
    if RequestState::of(request).has_recursed() {
        return Err(RefreshError::Recursion);
    }
    let why = match nonce {
        None => return Ok(()),
        Some(Nonce::Is(nonce)) if bool::from(spending.key.nonce_digest(*id, &nonce).ct_eq(digest)) => return Ok(()),
        Some(Nonce::Is(_)) => EndReason::NonceChanged,
        Some(Nonce::NoSuchUser) => EndReason::UserGone,
        // A guard of the handler's: it says nothing of the user, and may say something else next time.
        Some(Nonce::Refused) => return Err(RefreshError::Nonce),
        Some(Nonce::Unavailable(_)) => return Err(RefreshError::Unavailable),
    };
    Err(jwtauth.end_for(spending, why).await)
}
