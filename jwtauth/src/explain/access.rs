//! The rules for access: finds the rule that decided the verdict of [`JwtAuth::verify`].

#[cfg(feature = "issuers")]
use super::claims::ISSUER_CLAIMS;
use super::claims::{CLAIMS, MAX_LIFETIME, Purpose, claims};
#[cfg(feature = "issuers")]
use super::form::ISSUER_PAYLOAD;
use super::form::{FORM, HeaderSays, PAYLOAD, form, payload};
use super::recorder::{Listed, Recorder, Refused};
use super::{ExplainedRule, RuleVerdict};
#[cfg(feature = "issuers")]
use crate::algorithm::Algorithm;
#[cfg(feature = "issuers")]
use crate::claims::policy::Policy;
use crate::claims::session_id::SessionId;
use crate::error::{AuthError, TokenError};
use crate::jws::Parts;
use crate::jwtauth::JwtAuth;
use crate::keys::{Key, KeyRing};
use crate::shown;

const KEYS: Listed = ("keys", "There are keys for tokens of this issuer", "");

const SIGNATURE: Listed = ("signature", "The key made the signature", "");

const OWN_KEY: &[Listed] = &[
    ("kid", "`kid` is the name of a key, or absent", ""),
    ("algorithm", "`alg` is the algorithm of the key", "algorithm"),
    ("key-in-force", "The key is not retired", "retire_at"),
    SIGNATURE,
];

#[cfg(feature = "issuers")]
const ISSUER_KEY: &[Listed] = &[
    ("issuer-algorithm", "`alg` is an algorithm that is accepted from the issuer", "algorithms"),
    ("issuer-typ", "`typ` is the type that is wanted from the issuer", "typ"),
    ("issuer-keys", "The keys of the issuer can be fetched", "jwks_uri retain_on_error"),
    ("kid", "`kid` is the name of a key that the issuer publishes, or absent", ""),
    ("algorithm", "`alg` is the algorithm of the key", ""),
    SIGNATURE,
];

const SESSION: &[Listed] =
    &[("sid", "`sid` names a session", "sessions"), ("session", "The session has not ended", "sessions.staleness")];

/// Explains the verdict on a token of the application.
pub(super) fn own(jwtauth: &JwtAuth, token: &str, verdict: &Result<(), AuthError>, now: u64) -> Vec<ExplainedRule> {
    let has_sessions = jwtauth.session_manager().is_some();
    let session = if has_sessions { SESSION } else { &[] };
    let lists = [&[KEYS], FORM, OWN_KEY, PAYLOAD, CLAIMS, &[MAX_LIFETIME], session];
    let mut rules = Recorder::new(&lists, "");
    if let Ok((sid, generation)) = own_token(jwtauth, token, now, &mut rules)
        && has_sessions
        && let Ok(id) = sid_is_there(sid, generation, &mut rules)
    {
        // The verdict already contains the state of the session, so the store is not queried again.
        let _ = session_is_alive(jwtauth, id, verdict, &mut rules);
    }
    with_facts(rules.finish(refused_by(verdict, "session")), verdict)
}

/// The facts of the refusal are the detail of the rule that refused, if they tell more.
fn with_facts(mut rules: Vec<ExplainedRule>, verdict: &Result<(), AuthError>) -> Vec<ExplainedRule> {
    let refused = rules.iter_mut().find(|rule| rule.verdict == RuleVerdict::Failed);
    if let (Some(rule), Some(facts)) = (refused, verdict.as_ref().err().and_then(AuthError::facts))
        && ["iss", "require", "user-id"].contains(&rule.name)
    {
        rule.detail = Some(facts.to_owned());
    }
    rules
}

/// The rules for the token itself, before those for its session.
fn own_token(
    jwtauth: &JwtAuth,
    token: &str,
    now: u64,
    rules: &mut Recorder,
) -> Result<(Option<SessionId>, u64), Refused> {
    let ring = jwtauth.keys();
    rules.used("keys", "the keys of the application".to_owned());
    if ring.keys().is_empty() {
        return rules.fail("keys", "the application has none, and `iss` names no issuer in `issuers`");
    }
    let kids = ring.keys().iter().map(Key::kid);
    rules.pass("keys", shown::texts(kids));
    let header = form(token, rules)?;
    own_key(&ring, token, &header, now, rules)?;
    payload(token, jwtauth.policy(), rules, |read, all, rules| {
        claims(Purpose::Access, jwtauth.policy(), read, all, now, rules)?;
        Ok((read.registered.sid, read.registered.generation))
    })
}

/// The rules for the key and the signature. The key ring checks the signature as for a request.
fn own_key(ring: &KeyRing, token: &str, header: &HeaderSays, now: u64, rules: &mut Recorder) -> Result<(), Refused> {
    let Ok(parts) = Parts::split(token.as_bytes()) else {
        return rules.fail("parts", "");
    };
    let named: Vec<&Key> = match &header.kid {
        Some(kid) => ring.keys().iter().filter(|key| key.kid() == kid).collect(),
        None => ring.keys().iter().collect(),
    };
    match &header.kid {
        Some(kid) if named.is_empty() => {
            let kids = shown::texts(ring.keys().iter().map(Key::kid));
            return rules.fail("kid", format!("it is {}; the keys are {kids}", shown::text(kid)));
        }
        Some(kid) => rules.pass("kid", format!("it is {}", shown::text(kid))),
        None => rules.pass("kid", "it is absent: the keys of the algorithm are tried, at most 4"),
    }
    let usable: Vec<&Key> = named.into_iter().filter(|key| key.algorithm().name() == header.alg).collect();
    if let ([], Some(named)) = (&usable[..], header.kid.as_ref()) {
        let algorithm = ring.keys().iter().find(|key| key.kid() == named).map(|key| key.algorithm().name());
        let detail = format!("it is {}; the key has {}", shown::text(&header.alg), algorithm.unwrap_or("another"));
        return rules.fail("algorithm", detail);
    }
    if usable.is_empty() {
        return rules.fail("algorithm", format!("no key has {}", shown::text(&header.alg)));
    }
    rules.pass("algorithm", format!("it is {}", shown::text(&header.alg)));
    let in_force: Vec<&Key> = usable.iter().copied().filter(|key| !key.is_retired(now)).collect();
    let end = usable.iter().filter_map(|key| key.term().ends_at()).max();
    let end = end.map(|end| format!("its end is {}", shown::time(end, now))).unwrap_or_default();
    if in_force.is_empty() {
        return rules.fail("key-in-force", end);
    }
    rules.pass("key-in-force", end);
    let tried = in_force.iter().map(|key| key.kid());
    rules.used("signature", format!("{} {}", header.alg, shown::texts(tried.take(4))));
    let made_by = in_force.iter().take(4).find(|key| key.check(parts.signed, parts.signature, now).is_ok());
    match made_by {
        Some(key) => {
            rules.used("signature", format!("{} {}", key.algorithm(), shown::text(key.kid())));
            rules.pass("signature", "");
            Ok(())
        }
        None => rules.fail("signature", "another key did, or the token has been changed"),
    }
}

fn sid_is_there(sid: Option<SessionId>, generation: u64, rules: &mut Recorder) -> Result<SessionId, Refused> {
    match sid {
        Some(sid) => {
            rules.pass("sid", format!("it is `{sid}`, generation {generation}"));
            Ok(sid)
        }
        None => rules.fail("sid", "it is absent: the token is from before there were sessions, or from elsewhere"),
    }
}

fn session_is_alive(
    jwtauth: &JwtAuth,
    id: SessionId,
    verdict: &Result<(), AuthError>,
    rules: &mut Recorder,
) -> Result<(), Refused> {
    let staleness = jwtauth.config().sessions.as_ref().map(|sessions| sessions.staleness);
    match verdict {
        Ok(()) if staleness == Some(None) => {
            rules.pass("session", "the store is not queried: `staleness` is unlimited")
        }
        Ok(()) => rules.pass("session", ""),
        Err(AuthError::Unavailable) => return rules.fail("session", "the session store can't be reached"),
        Err(_) => return rules.fail("session", format!("the store has no session `{id}` that has not ended")),
    }
    Ok(())
}

/// Explains the verdict on a token of a trusted issuer. `place` is the issuer's index in the list, and `policy` its
/// rules.
#[cfg(feature = "issuers")]
pub(super) fn of_issuer(
    jwtauth: &JwtAuth,
    token: &str,
    place: usize,
    policy: &Policy,
    verdict: &Result<(), AuthError>,
    now: u64,
) -> Vec<ExplainedRule> {
    let lists = [&[KEYS], FORM, ISSUER_KEY, ISSUER_PAYLOAD, ISSUER_CLAIMS];
    let mut rules = Recorder::new(&lists, &format!("issuers[{place}]."));
    let _ = issuer_token(jwtauth, token, place, policy, verdict, now, &mut rules);
    with_facts(rules.finish(refused_by(verdict, "issuer-keys")), verdict)
}

#[cfg(feature = "issuers")]
fn issuer_token(
    jwtauth: &JwtAuth,
    token: &str,
    place: usize,
    policy: &Policy,
    verdict: &Result<(), AuthError>,
    now: u64,
    rules: &mut Recorder,
) -> Result<(), Refused> {
    let Some(issuer) = jwtauth.config().issuers.get(place) else {
        return Err(Refused);
    };
    rules.used("keys", format!("`issuers[{place}]`"));
    rules.pass("keys", format!("`iss` selects the issuer {}", shown::text(&issuer.issuer)));
    let header = form(token, rules)?;
    let accepted: Vec<&str> = issuer.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let alg = shown::text(&header.alg);
    if !Algorithm::of_issuer(&header.alg).is_some_and(|algorithm| issuer.algorithms.contains(&algorithm)) {
        let accepted = accepted.join(", ");
        return rules.fail("issuer-algorithm", format!("it is {alg}; accepted: {accepted}"));
    }
    rules.pass("issuer-algorithm", format!("it is {alg}"));
    let wanted = issuer.typ.as_deref();
    if wanted.is_some_and(|wanted| (wanted == "JWT") == header.is_access_token) {
        return rules.fail("issuer-typ", format!("wanted: `{}`", wanted.unwrap_or_default()));
    }
    rules.pass("issuer-typ", wanted.map_or("either is good".to_owned(), |wanted| format!("wanted: `{wanted}`")));
    if let Err(AuthError::Unavailable) = verdict {
        return rules.fail("issuer-keys", "they can't at the moment");
    }
    rules.pass("issuer-keys", "");
    let kid = header.kid.as_deref().map(shown::text);
    let named = match &kid {
        _ if header.alg.starts_with("HS") => "there is one shared secret".to_owned(),
        Some(kid) => format!("it is {kid}"),
        None => "it is absent: the keys of the algorithm are tried, at most 4".to_owned(),
    };
    rules.used("signature", format!("{} {}", header.alg, kid.as_deref().unwrap_or("without a name")));
    let refused_by = match verdict {
        Err(AuthError::InvalidToken { error: TokenError::UnknownKey, .. }) => Some("kid"),
        Err(AuthError::InvalidToken { error: TokenError::Algorithm, .. }) => Some("algorithm"),
        Err(AuthError::InvalidToken { error: TokenError::Signature, .. }) => Some("signature"),
        // The other errors concern the payload.
        _ => None,
    };
    for (rule, detail) in [("kid", named), ("algorithm", format!("it is {alg}"))] {
        if refused_by == Some(rule) {
            return rules.fail(rule, detail);
        }
        rules.pass(rule, detail);
    }
    if refused_by == Some("signature") {
        return rules.fail("signature", "another key did, or the token has been changed");
    }
    rules.pass("signature", "");
    payload(token, policy, rules, |read, all, rules| claims(Purpose::Access, policy, read, all, now, rules))
}

/// The rule for a verdict if the explanation has found none. `away` is the rule for `Unavailable`.
fn refused_by<'r>(verdict: &Result<(), AuthError>, away: &'r str) -> Option<&'r str> {
    match verdict {
        Ok(()) => None,
        Err(AuthError::InvalidToken { error, .. }) => Some(rule_of(*error)),
        Err(_) => Some(away),
    }
}

/// The most likely rule for an error.
pub(super) fn rule_of(error: TokenError) -> &'static str {
    match error {
        TokenError::Malformed => "header-json",
        TokenError::TooLong => "size",
        TokenError::Encrypted => "parts",
        TokenError::Type => "typ",
        TokenError::Extension => "header-extensions",
        TokenError::Algorithm => "algorithm",
        TokenError::UnknownKey => "kid",
        TokenError::Signature => "signature",
        TokenError::Claims => "payload-json",
        TokenError::NotYetValid => "nbf",
        TokenError::Expired => "exp",
        TokenError::Issuer => "iss",
        TokenError::Audience => "aud",
        TokenError::SessionEnded => "session",
    }
}
