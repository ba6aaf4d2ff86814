//! Issues the tokens of a login that starts a session.

use std::sync::Arc;

use super::minter::{Minter, not_issued};
use super::new_login::NewLogin;
use super::tokens::Tokens;
use crate::claims::Claims;
use crate::error::{AuthError, KeyError};
use crate::session::{SessionManager, label};

/// Issues the tokens of a user who has just logged in, and starts a session. `client` is the `User-Agent`.
pub(crate) async fn begin_session<C: Claims>(
    minter: &Minter<'_>,
    sessions: &Arc<SessionManager>,
    login: &NewLogin<C>,
    client: &str,
) -> Result<Tokens, AuthError> {
    let now = minter.now;
    let key = sessions.key(now).ok_or_else(|| not_issued(AuthError::Key(KeyError::NoPrivateKey)))?;
    let mut session = sessions.new_session(&login.userid, now)?;
    session.key_id = Some(key.id());
    session.nonce_digest = login.nonce.as_deref().map(|nonce| key.nonce_digest(session.id, nonce));
    session.label = label(client).to_owned();
    session.carried = login.carried.as_deref().map(str::to_owned);
    // The token is signed first: if that fails, no session is left behind.
    let mut named = login.login();
    named.claims.auth_time = Some(session.created);
    // With a session, the nonce is in the row.
    named.claims.nonce = None;
    named.claims.session = Some((session.id, session.generation));
    let tokens = minter.mint(&named, &login.claims).await?;
    sessions.begin(&session).await?;
    Ok(tokens.with_refresh(key.token(session.id, session.generation), session.ends_at - session.created))
}
