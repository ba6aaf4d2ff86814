//! The rules for the claims of a token with a valid signature.

use super::form::find;
use super::members::Member;
use super::recorder::{Listed, Recorder, Refused};
use crate::claims::policy::Policy;
use crate::claims::{Read, Registered};
use crate::error::TokenError;
use crate::shown;

const IAT: Listed = ("iat", "`iat` is not in the future by more than a minute and the leeway", "leeway");

const NBF: Listed = ("nbf", "`nbf` is not in the future", "leeway");

pub(super) const CLAIMS: &[Listed] = &[
    IAT,
    NBF,
    ("exp", "`exp` is in the future", "expiration_delta leeway"),
    ("iss", "`iss` is the configured issuer", "issuer"),
    ("aud", "`aud` names the configured audience", "audience"),
    ("user-id", "There is a user id, without the prefix of a trusted issuer's user ids", "userid_claim userids"),
];

#[cfg(feature = "issuers")]
pub(super) const ISSUER_CLAIMS: &[Listed] = &[
    IAT,
    NBF,
    ("exp", "`exp` is in the future", "leeway"),
    ("iss", "`iss` is the issuer, and names the tenant of `tid` if the issuer has tenants", "issuer tenants"),
    ("aud", "The claim of the audience names the configured audience", "audience audience_claim"),
    ("require", "The claims have the required values", "require"),
    ("user-id", "There is a user id", "userid_claim userid_prefix"),
];

pub(super) const MAX_LIFETIME: Listed = ("max_lifetime", "The login is not too long ago", "max_lifetime leeway");

/// The kind of check for which the claims are judged.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    Access,
    Refresh,
}

impl Purpose {
    fn judge(self, policy: &Policy, claims: &Registered, now: u64) -> Result<(), TokenError> {
        match self {
            Purpose::Access => policy.check_access(claims, now),
            Purpose::Refresh => policy.check_refresh(claims, now),
        }
    }
}

/// Judges the claims rule by rule, with the functions of the policy. For each rule, only its claims and those of
/// earlier rules are taken from the token. All other claims have valid values.
pub(super) fn claims(
    purpose: Purpose,
    policy: &Policy,
    read: &Read<'_, ()>,
    all: &[Member<'_>],
    now: u64,
    rules: &mut Recorder,
) -> Result<(), Refused> {
    let token = read.registered;
    let present = i64::try_from(now).unwrap_or(i64::MAX);
    let mut claims = Registered {
        names_user: true,
        exp: Some(present.saturating_add(1)),
        issuer_matches: Some(true),
        audience_matches: Some(true),
        ..Registered::default()
    };
    let is_good = purpose.judge(policy, &token, now).is_ok();
    let mut step = |name: &str, claims: &Registered, detail: String| {
        if is_good || purpose.judge(policy, claims, now).is_ok() {
            rules.pass(name, detail);
            return Ok(());
        }
        rules.fail(name, detail)
    };
    let time = |time: Option<i64>| time.map_or("it is absent".to_owned(), |time| shown::time(time, now));

    // An early login time is left for the last rule. Whether there is one affects the rule `exp`.
    claims.iat = token.iat.map(|iat| iat.max(present));
    step("iat", &claims, time(token.iat))?;
    claims.nbf = token.nbf;
    step("nbf", &claims, time(token.nbf))?;
    claims.exp = token.exp;
    claims.auth_time = token.auth_time.map(|_| present);
    let exp = match (token.exp, purpose) {
        (None, _) => {
            "it is absent, which is only allowed for tokens without an end: those of an `expiration_delta` that is \
                      unlimited, and with `max_lifetime` also the time of the login"
                .to_owned()
        }
        (exp, Purpose::Refresh) if !policy.verify_expiration_on_refresh => {
            format!("{}; an expired token can be refreshed", time(exp))
        }
        (exp, _) => time(exp),
    };
    step("exp", &claims, exp)?;
    claims.issuer_matches = token.issuer_matches;
    step("iss", &claims, texts(find(all, "iss"), policy.issuer.as_slice()))?;
    claims.audience_matches = token.audience_matches;
    let audience_claim = policy.of_issuer.as_ref().map_or("aud", |rules| &rules.audience_claim);
    step("aud", &claims, texts(find(all, audience_claim), &policy.audience))?;
    if let Some(rules) = &policy.of_issuer {
        claims.misses_requirement = token.misses_requirement;
        let required: Vec<String> =
            rules.require.iter().map(|requirement| shown::json(&requirement.to_string())).collect();
        let required = if required.is_empty() { "none".to_owned() } else { required.join(", ") };
        step("require", &claims, format!("required: {required}"))?;
    }
    claims.names_user = token.names_user;
    claims.names_user_of_issuer = token.names_user_of_issuer;
    let userid = read.texts.userid.as_deref();
    step("user-id", &claims, userid.map_or("it is absent".to_owned(), shown::text))?;
    if purpose == Purpose::Access && policy.of_issuer.is_none() {
        let login = token.login().map_or("the token does not contain it".to_owned(), |login| time(Some(login)));
        let limit = match policy.max_lifetime {
            Some(max) => format!("at most {} ago", shown::duration(max)),
            None => "any time is good".to_owned(),
        };
        step("max_lifetime", &token, format!("{login}; {limit}"))?;
    }
    Ok(())
}

/// The texts of a claim, and the wanted texts.
fn texts(found: Option<&Member<'_>>, wanted: &[String]) -> String {
    let found = found.and_then(Member::texts).map(|found| shown::texts(found.iter().map(String::as_str)));
    let found = found.unwrap_or_else(|| "absent".to_owned());
    match wanted {
        [] => format!("it is {found}; none is configured"),
        wanted => format!("it is {found}; configured: {}", shown::texts(wanted.iter().map(String::as_str))),
    }
}
