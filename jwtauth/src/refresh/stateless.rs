//! Refreshing without sessions: the access token itself is refreshed.

use rocket::request::Request;
use subtle::ConstantTimeEq;

use super::nonce::NonceCheck;
use crate::claims::{Claims, LoginClaims, Registered, unsigned};
use crate::error::{RefreshError, TokenError};
use crate::issue::{Delivery, Login, LoginFacts, Progress};
use crate::jwtauth::JwtAuth;

/// The login of an access token that can be refreshed.
pub(super) struct StatelessLogin {
    pub(super) userid: String,
    pub(super) auth_time: Option<u64>,
    login_time: Option<u64>,
    /// The data of the login, as JSON.
    pub(super) carried: Option<Box<str>>,
    nonce: Option<String>,
}

impl StatelessLogin {
    pub(super) fn facts(&self) -> LoginFacts {
        LoginFacts { session_id: None, auth_time: self.auth_time, carried: self.carried.clone() }
    }

    /// Issues a new access token. If no wait is necessary, the call itself issues it.
    pub(super) fn renew<'r, C: Claims>(
        &'r self,
        jwtauth: &'r JwtAuth,
        claims: C,
        delivery: Delivery,
    ) -> Progress<'r, RefreshError> {
        let StatelessLogin { userid, auth_time, login_time, carried, nonce } = self;
        let login_claims = LoginClaims {
            auth_time: *auth_time,
            login_time: *login_time,
            nonce: nonce.as_deref(),
            carried: carried.as_deref(),
            ..LoginClaims::of(userid)
        };
        let login = Login { claims: login_claims, delivery };
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
        // A time in the future is replaced by the current time, a time before the epoch by 0.
        let past = |time: i64| unsigned(time).min(now);
        let login = StatelessLogin {
            userid: read.userid().to_owned(),
            auth_time: read.registered.authenticated().map(past),
            login_time: read.registered.login_time.and_then(|_| read.registered.login()).map(past),
            carried: read.texts.carried.map(Box::from),
            nonce: read.texts.nonce.as_deref().map(str::to_owned),
        };
        Ok::<_, RefreshError>((login, read.registered, read.refresh_until))
    });
    let (mut login, claims, refresh_until) = inspected.map_err(RefreshError::InvalidToken)??;
    login.nonce = check_nonce(jwtauth, request, &login).await?;
    check_login(jwtauth, &claims, refresh_until, now)?;
    Ok(login)
}

/// Compares the token's nonce with the user's current one, and returns it.
async fn check_nonce(
    jwtauth: &JwtAuth,
    request: &Request<'_>,
    login: &StatelessLogin,
) -> Result<Option<String>, RefreshError> {
    let nonce = login.nonce.as_deref();
    let is_same = |current: &str, nonce: &str| bool::from(current.as_bytes().ct_eq(nonce.as_bytes()));
    let (check, has_recursed) = NonceCheck::of(jwtauth, request, &login.userid, nonce, is_same, || login.facts()).await;
    match check {
        NonceCheck::NotAsked => Ok(None),
        NonceCheck::Missing => Err(RefreshError::MissingClaim),
        NonceCheck::Same(nonce) => Ok(Some(nonce)),
        // The result of the handler may be wrong, and must not end the login.
        _ if has_recursed => Err(RefreshError::Recursion),
        NonceCheck::Changed => Err(RefreshError::Nonce),
        NonceCheck::NoSuchUser | NonceCheck::Refused => Err(RefreshError::NoSuchUser),
        NonceCheck::Unavailable => Err(RefreshError::Unavailable),
    }
}

/// Checks that the login can still be refreshed.
fn check_login(
    jwtauth: &JwtAuth,
    claims: &Registered,
    refresh_until: Option<i64>,
    now: u64,
) -> Result<(), RefreshError> {
    let policy = jwtauth.policy();
    match refresh_until {
        Some(until) if policy.refresh_ended(until, now) => return Err(RefreshError::Expired),
        None if policy.refresh_delta.is_some() => return Err(RefreshError::MissingClaim),
        _ => {}
    }
    if policy.max_lifetime.is_some() && claims.login().is_none() {
        return Err(RefreshError::MissingClaim);
    }
    if policy.login_ended(claims, now, 0) {
        return Err(RefreshError::Expired);
    }
    Ok(())
}
