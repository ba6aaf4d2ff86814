//! Refreshing without sessions: the access token itself is refreshed.

use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::nonce::NonceCheck;
use crate::claims::{Claims, Registered, unsigned};
use crate::error::{RefreshError, TokenError};
use crate::issue::{Delivery, Login, Progress};
use crate::jwtauth::JwtAuth;

/// The login of an access token that can be refreshed.
pub(super) struct StatelessLogin {
    pub(super) userid: String,
    pub(super) auth_time: Option<u64>,
    nonce: Option<String>,
}

impl StatelessLogin {
    /// Issues a new access token. If there is nothing to wait for, the call itself issues it.
    pub(super) fn renew<'r, C: Claims>(
        &'r self,
        jwtauth: &'r JwtAuth,
        claims: C,
        delivery: Delivery,
    ) -> Progress<'r, RefreshError> {
        let StatelessLogin { userid, auth_time, nonce } = self;
        let login = Login { userid, auth_time: *auth_time, nonce: nonce.as_deref(), session: None, delivery };
        match jwtauth.mint_at_once(&login, &claims) {
            Some(tokens) => Progress::done(tokens.map_err(RefreshError::Issue)),
            None => Progress::waiting(async move {
                let tokens = jwtauth.mint(&login, &claims).await;
                tokens.map_err(RefreshError::Issue)
            }),
        }
    }
}

/// Checks the rules in the order of more.jwtauth: a token that breaks several of them gets the same response from both.
pub(super) async fn check(
    jwtauth: &JwtAuth,
    request: &Request<'_>,
    token: &str,
) -> Result<StatelessLogin, RefreshError> {
    let (policy, now) = (jwtauth.policy(), jwtauth.now());
    let inspected = jwtauth.verifier().inspect(token, now, |read, key| {
        key.refreshes().then_some(()).ok_or(RefreshError::KeyNeverRefreshes)?;
        policy.check_refresh(&read.registered, now).map_err(|error| match error {
            TokenError::Expired => RefreshError::Expired,
            error => RefreshError::InvalidToken(error),
        })?;
        let nonce = read.texts.nonce.as_deref().map(str::to_owned);
        Ok::<_, RefreshError>((read.userid().to_owned(), nonce, read.registered))
    });
    let (userid, nonce, claims) = inspected.map_err(RefreshError::InvalidToken)??;
    let nonce = check_nonce(jwtauth, request, &userid, nonce.as_deref()).await?;
    let auth_time = check_login(jwtauth, &claims, now)?;
    Ok(StatelessLogin { userid, auth_time, nonce })
}

/// Compares the token's nonce with the user's current one, and returns it.
async fn check_nonce(
    jwtauth: &JwtAuth,
    request: &Request<'_>,
    userid: &str,
    nonce: Option<&str>,
) -> Result<Option<String>, RefreshError> {
    let is_same = |current: &str, nonce: &str| bool::from(current.as_bytes().ct_eq(nonce.as_bytes()));
    let (check, has_recursed) = NonceCheck::of(jwtauth, request, userid, nonce, is_same).await;
    match check {
        NonceCheck::NotAsked => Ok(None),
        NonceCheck::Missing => Err(RefreshError::MissingClaim),
        NonceCheck::Same(nonce) => Ok(Some(nonce)),
        NonceCheck::Changed => Err(RefreshError::Nonce),
        _ if has_recursed => Err(RefreshError::Recursion),
        NonceCheck::NoSuchUser | NonceCheck::Refused => Err(RefreshError::NoSuchUser),
        NonceCheck::Unavailable => Err(RefreshError::Unavailable),
    }
}

/// Checks that the login can still be refreshed, and returns its time.
fn check_login(jwtauth: &JwtAuth, claims: &Registered, now: u64) -> Result<Option<u64>, RefreshError> {
    let policy = jwtauth.policy();
    match claims.refresh_until {
        Some(until) if policy.refresh_ended(until, now) => return Err(RefreshError::Expired),
        None if policy.refresh_delta.is_some() => return Err(RefreshError::MissingClaim),
        _ => {}
    }
    // A login time in the future is replaced by the current time, a login time before the epoch by 0.
    let auth_time = claims.login().map(|login| unsigned(login).min(now));
    if policy.max_lifetime.is_some() && auth_time.is_none() {
        return Err(RefreshError::MissingClaim);
    }
    if policy.login_ended(claims, now, 0) {
        return Err(RefreshError::Expired);
    }
    Ok(auth_time)
}
