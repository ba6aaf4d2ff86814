//! The rules for refreshing, checked without a request. No refresh token is used up, and no code of the application
//! runs.

use super::access::rule_of;
use super::claims::{CLAIMS, Purpose, claims};
use super::form::PAYLOAD;
use super::members::members;
use super::recorder::{Listed, Recorder, Refused};
use super::{ExplainedRule, RuleVerdict};
use crate::claims::Registered;
use crate::error::{RefreshError, TokenError};
use crate::jws::{self, Buffer};
use crate::jwtauth::JwtAuth;
use crate::session::{RefreshOutcome, SessionManager};
use crate::shown;

const ALLOWED: Listed = ("allow_refresh", "Refreshing is on", "allow_refresh");

const STATELESS: &[Listed] = &[
    ("own-token", "It has the form, the key and the signature of an access token of this application", ""),
    ("payload", "The payload and its claims have their form", ""),
    ("key-refreshes", "Tokens of the key can be refreshed", "refresh"),
];

const LIMITS: &[Listed] = &[
    ("nonce", "The nonce is the user's current one", ""),
    ("refresh_until", "`refresh_until` has not passed", "refresh_delta leeway"),
    ("login-time", "With `max_lifetime`, the token contains the time of the login", "max_lifetime"),
    ("max_lifetime", "The login is not too long ago", "max_lifetime"),
];

const WITH_SESSION: &[Listed] = &[
    ("refresh-token", "It has the form of a refresh token", "sessions"),
    ("refresh-token-signature", "This application made the refresh token", "sessions.secret"),
    ("session", "The store has the session", "sessions.url"),
    ("session-key", "The key that made the refresh token is the key of the session", ""),
    ("session-end", "The session is not over", "refresh_delta max_lifetime"),
    (
        "generation",
        "The refresh token is the newest that the client is known to have, or was so a moment ago",
        "sessions.reuse_grace",
    ),
    ("user-id", "The session has a user id", ""),
    ("nonce", "The user's current nonce is that of the login", ""),
];

const LOADER: Listed = ("loader", "The function of the refresh endpoint accepts the user id and finds the user", "");

/// The verdict on refreshing with a token, and the rules that led to it.
pub(super) struct Refreshing {
    pub(super) rules: Vec<ExplainedRule>,
    pub(super) error: Option<RefreshError>,
}

/// `own` has the rules for access, unless the token is from a trusted issuer.
pub(super) async fn refreshing(jwtauth: &JwtAuth, token: &str, own: Option<&[ExplainedRule]>, now: u64) -> Refreshing {
    let session_manager = jwtauth.session_manager();
    let lists = match session_manager {
        Some(_) => vec![&[ALLOWED][..], WITH_SESSION, &[LOADER]],
        None => vec![&[ALLOWED][..], STATELESS, CLAIMS, LIMITS, &[LOADER]],
    };
    let mut rules = Recorder::new(&lists, "");
    let verdict = match (jwtauth.policy().allow_refresh, session_manager) {
        (false, _) => refuse(&mut rules, "allow_refresh", "it is off", RefreshError::Disabled),
        (true, Some(session_manager)) => {
            rules.pass("allow_refresh", "it is on");
            with_session(jwtauth, session_manager, token, now, &mut rules).await
        }
        (true, None) => {
            rules.pass("allow_refresh", "it is on");
            stateless(jwtauth, token, own, now, &mut rules)
        }
    };
    if verdict.is_ok() {
        rules.leave_open("loader", "the function is not called here");
    }
    let error = verdict.err();
    let refused_by = error.as_ref().map(|error| match error {
        RefreshError::InvalidToken(error) => rule_of(*error),
        RefreshError::Expired => "exp",
        _ => "own-token",
    });
    Refreshing { rules: rules.finish(refused_by), error }
}

fn refuse<T>(
    rules: &mut Recorder,
    name: &str,
    detail: impl Into<String>,
    error: RefreshError,
) -> Result<T, RefreshError> {
    let _: Result<T, Refused> = rules.fail(name, detail);
    Err(error)
}

/// The rules without sessions, in the order of the refresh endpoint.
fn stateless(
    jwtauth: &JwtAuth,
    token: &str,
    own: Option<&[ExplainedRule]>,
    now: u64,
    rules: &mut Recorder,
) -> Result<(), RefreshError> {
    let policy = jwtauth.policy();
    let mut buffer = Buffer::new();
    let payload = jws::payload(token.as_bytes(), &mut buffer).ok();
    let all = payload.and_then(|payload| members(str::from_utf8(payload).ok()?)).unwrap_or_default();
    let inspected = jwtauth.verifier().inspect(token, now, |read, key| {
        rules.pass_all(&["own-token", "payload"]);
        if !key.refreshes() {
            let detail = format!("the key {} only verifies, or its `refresh` is off", shown::text(key.kid()));
            return refuse(rules, "key-refreshes", detail, RefreshError::KeyNeverRefreshes);
        }
        rules.pass("key-refreshes", "");
        // Only records the rules. The verdict follows below.
        let _ = claims(Purpose::Refresh, policy, read, &all, now, rules);
        match policy.check_refresh(&read.registered, now) {
            Ok(()) => Ok((read.registered, read.refresh_until, read.texts.nonce.is_some())),
            Err(TokenError::Expired) => Err(RefreshError::Expired),
            Err(error) => Err(RefreshError::InvalidToken(error)),
        }
    });
    let (registered, refresh_until, has_nonce) = match inspected {
        Ok(presented) => presented?,
        Err(error) => return not_ours(own, error, rules),
    };
    nonce(jwtauth, has_nonce, rules)?;
    limits(jwtauth, &registered, refresh_until, now, rules)
}

/// Handles a token that a rule for access refuses before its claims are checked.
fn not_ours<T>(own: Option<&[ExplainedRule]>, error: TokenError, rules: &mut Recorder) -> Result<T, RefreshError> {
    let error = RefreshError::InvalidToken(error);
    let Some(own) = own else {
        let detail = "it is a token of another issuer, and only that issuer can refresh it";
        return refuse(rules, "own-token", detail, error);
    };
    match own.iter().find(|rule| rule.verdict == RuleVerdict::Failed) {
        Some(rule) if PAYLOAD.iter().any(|(name, ..)| *name == rule.name) => {
            rules.pass("own-token", "");
            refuse(rules, "payload", format!("it is refused by the rule `{}`", rule.name), error)
        }
        Some(rule) => refuse(rules, "own-token", format!("it is refused by the rule `{}`", rule.name), error),
        None => refuse(rules, "own-token", "it is refused", error),
    }
}

fn limits(
    jwtauth: &JwtAuth,
    claims: &Registered,
    refresh_until: Option<i64>,
    now: u64,
    rules: &mut Recorder,
) -> Result<(), RefreshError> {
    let policy = jwtauth.policy();
    let until = refresh_until.map(|until| shown::time(until, now));
    match refresh_until {
        Some(end) if policy.refresh_ended(end, now) => {
            return refuse(rules, "refresh_until", until.unwrap_or_default(), RefreshError::Expired);
        }
        None if policy.refresh_delta.is_some() => {
            let detail = "it is absent: the token was issued while refreshing was off, or elsewhere";
            return refuse(rules, "refresh_until", detail, RefreshError::MissingClaim);
        }
        _ => rules
            .pass("refresh_until", until.unwrap_or_else(|| "it is absent: `refresh_delta` is unlimited".to_owned())),
    }
    let login = claims.login();
    if policy.max_lifetime.is_some() && login.is_none() {
        return refuse(rules, "login-time", "neither `auth_time` nor `iat` is there", RefreshError::MissingClaim);
    }
    let login = login.map(|login| shown::time(login, now)).unwrap_or_else(|| "the token does not say".to_owned());
    rules.pass("login-time", login.clone());
    let limit = match policy.max_lifetime {
        Some(max) => format!("{login}; at most {} ago", shown::duration(max)),
        None => format!("{login}; any time is good"),
    };
    if policy.login_ended(claims, now, 0) {
        return refuse(rules, "max_lifetime", limit, RefreshError::Expired);
    }
    rules.pass("max_lifetime", limit);
    Ok(())
}

/// The rules with sessions, in the order of the refresh endpoint.
async fn with_session(
    jwtauth: &JwtAuth,
    session_manager: &SessionManager,
    token: &str,
    now: u64,
    rules: &mut Recorder,
) -> Result<(), RefreshError> {
    let (key, id, generation) = match session_manager.open(token) {
        Ok(opened) => opened,
        Err(TokenError::Malformed) => {
            let error = jws::unknown_form(token.as_bytes());
            let detail = match token.split('.').count() {
                3 => "it is an access token; with sessions, the refresh token is sent to the refresh endpoint",
                _ => "it is something else",
            };
            return refuse(rules, "refresh-token", detail, RefreshError::InvalidToken(error));
        }
        Err(error) => {
            rules.pass("refresh-token", "");
            let detail = "it is from another application, from before the secret changed, or has been changed";
            return refuse(rules, "refresh-token-signature", detail, RefreshError::InvalidToken(error));
        }
    };
    rules.pass("refresh-token", format!("it is of the session `{id}`, generation {generation}"));
    rules.pass("refresh-token-signature", "");
    let session = match session_manager.get(id).await {
        Ok(Some(session)) => session,
        Ok(None) => {
            return match session_manager.was_reused(&key, id).await {
                Ok(true) => refuse(rules, "session", "reuse of a refresh token has ended it", RefreshError::Reuse),
                Ok(false) => {
                    refuse(rules, "session", "it has ended, or has been over for long", RefreshError::SessionEnded)
                }
                Err(away) => refuse(rules, "session", "the session store can't be reached", away.into()),
            };
        }
        Err(away) => return refuse(rules, "session", "the session store can't be reached", away.into()),
    };
    rules.pass("session", format!("its user is {}", shown::text(&session.userid)));
    if !session.accepts(key.id()) {
        let detail = "another key of this application made it: only the session's own key refreshes it";
        return refuse(rules, "session-key", detail, RefreshError::InvalidToken(TokenError::Signature));
    }
    rules.pass("session-key", "");
    let end = shown::time(session_manager.end_of(&session, now), now);
    if session_manager.is_over(&session, now) {
        return refuse(rules, "session-end", end, RefreshError::Expired);
    }
    rules.pass("session-end", end);
    let current = session.generation;
    match session_manager.foresee(&key, &session, generation, now) {
        RefreshOutcome::Next { .. } if generation == current => {
            rules.pass("generation", format!("{generation} is the current one"));
        }
        RefreshOutcome::Next { .. } => {
            let handed_out = shown::time(session.refreshed, now);
            rules.pass(
                "generation",
                format!("{generation} is the newest that the client is known to have; {current}, handed out {handed_out}, is replaced"),
            );
        }
        RefreshOutcome::Repeated { .. } => {
            let handed_out = shown::time(session.refreshed, now);
            rules.pass(
                "generation",
                format!("{current}, handed out {handed_out}, is the current one; {generation} gets it once more"),
            );
        }
        RefreshOutcome::Refused => {
            let detail = format!("{current} is the current one; {generation} was replaced a moment ago");
            return refuse(rules, "generation", detail, RefreshError::Superseded);
        }
        RefreshOutcome::Expired => return refuse(rules, "session-end", "", RefreshError::Expired),
        RefreshOutcome::Reused | RefreshOutcome::Unknown | RefreshOutcome::OtherKey => {
            let detail =
                format!("{current} is the current one, and not {generation}: to send it would end the session");
            return refuse(rules, "generation", detail, RefreshError::Reuse);
        }
    }
    if session.userid.is_empty() {
        return refuse(rules, "user-id", "it is empty", RefreshError::UserId);
    }
    rules.pass("user-id", "");
    nonce(jwtauth, session.nonce_digest.is_some(), rules)
}

/// What can be decided about the nonce without the application's handler.
fn nonce(jwtauth: &JwtAuth, has_nonce: bool, rules: &mut Recorder) -> Result<(), RefreshError> {
    match (jwtauth.nonce_handler().is_some(), has_nonce) {
        (true, false) => {
            let detail = "there is a refresh nonce handler, and the login had no nonce";
            return refuse(rules, "nonce", detail, RefreshError::MissingClaim);
        }
        (true, true) => rules.leave_open("nonce", "the refresh nonce handler decides, which needs a request"),
        (false, true) => {
            rules.leave_open(
                "nonce",
                "the login had a nonce, which an application with a refresh nonce handler compares",
            );
        }
        (false, false) => rules.pass("nonce", "no refresh nonce handler is set here"),
    }
    Ok(())
}
