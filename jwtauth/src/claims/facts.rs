//! The facts behind the refusal of a token whose signature is valid: what it contains, and what is required.
//!
//! This runs only after a token was refused, so it may be slow and reads the payload again. The facts are for the log
//! of the application, not for the client.

use super::issuer::RawMembers;
use super::names;
use super::policy::Policy;
use super::registered::Registered;
use crate::error::TokenError;
use crate::shown;

/// Why a verified token with these claims was refused with this error, if the reason is a time. This needs no payload.
pub(crate) fn facts_of_time(registered: &Registered, error: TokenError, now: u64) -> Option<String> {
    match error {
        TokenError::NotYetValid => Some(not_yet_valid(registered, now)),
        TokenError::Expired => expired(registered, now),
        _ => None,
    }
}

/// Why a verified token with these claims was refused with this error, if the reason is another one.
pub(crate) fn facts(payload: &str, policy: &Policy, registered: &Registered, error: TokenError) -> Option<String> {
    let members = RawMembers::parse(payload);
    let claim = |name: &str| members.as_ref().and_then(|members| members.get(name));
    Some(match error {
        TokenError::Claims => {
            missed_requirement(members.as_ref(), policy).unwrap_or_else(|| policy.lacking(registered))
        }
        TokenError::Issuer => issuer(claim(names::ISS), claim("tid"), policy),
        TokenError::Audience => {
            let name = policy.of_issuer.as_ref().map_or(names::AUD, |rules| &rules.audience_claim);
            let subject = if name == names::AUD { "audience".to_owned() } else { format!("audience in `{name}`") };
            let found = claim(name).map_or("absent".to_owned(), shown::json);
            match &policy.audience[..] {
                [] => format!("{subject} was {found}, none is configured"),
                audiences => format!("{subject} was {found}, configured {}", quoted(audiences)),
            }
        }
        _ => return None,
    })
}

/// The first claim without its required value.
fn missed_requirement(members: Option<&RawMembers<'_>>, policy: &Policy) -> Option<String> {
    let (members, rules) = (members?, policy.of_issuer.as_ref()?);
    let missed = rules.require.iter().find(|requirement| !requirement.is_met(members))?;
    Some(missed.missed_by(members))
}

fn issuer(iss: Option<&str>, tid: Option<&str>, policy: &Policy) -> String {
    let Some(iss) = iss else {
        return "issuer was absent".into();
    };
    let text: String = serde_json::from_str(iss).unwrap_or_default();
    let Some(configured) = &policy.issuer else {
        return format!("issuer was {}, none is configured", shown::json(iss));
    };
    if text.strip_suffix('/').unwrap_or(&text) == configured.strip_suffix('/').unwrap_or(configured) {
        let with = if text.ends_with('/') { "with" } else { "without" };
        return format!("issuer differs by a trailing slash: the token has it {with} one");
    }
    match policy.of_issuer.as_ref().and_then(|rules| Some((rules, rules.name.tenant(&text)?))) {
        Some((rules, tenant)) if rules.accepts(tenant) => {
            let tid = tid.map_or("absent".to_owned(), shown::json);
            format!("`tid` was {tid}, but the issuer is that of the tenant {}", shown::text(tenant))
        }
        Some((_, tenant)) => format!("the tenant was {}, which is not in `tenants`", shown::text(tenant)),
        None => format!("issuer was {}, configured {configured:?}", shown::json(iss)),
    }
}

fn expired(registered: &Registered, now: u64) -> Option<String> {
    let exp = registered.exp.filter(|exp| i128::from(*exp) <= i128::from(now));
    match (exp, registered.login()) {
        (Some(exp), _) => Some(format!("`exp` was {}", shown::time(exp, now))),
        (None, Some(login)) => {
            Some(format!("the login was {}, longer ago than `max_lifetime`", shown::time(login, now)))
        }
        (None, None) => None,
    }
}

fn not_yet_valid(registered: &Registered, now: u64) -> String {
    let later = |time: Option<i64>| time.filter(|time| i128::from(*time) > i128::from(now));
    match (later(registered.nbf), later(registered.iat)) {
        (Some(nbf), _) => format!("`nbf` was {}", shown::time(nbf, now)),
        (None, iat) => format!("`iat` was {}", shown::time(iat.unwrap_or_default(), now)),
    }
}

fn quoted(texts: &[String]) -> String {
    match texts {
        [one] => format!("{one:?}"),
        several => format!("{several:?}"),
    }
}
