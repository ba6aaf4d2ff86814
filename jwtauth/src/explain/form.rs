//! The rules for the form of a token, its header and its payload.

use super::members::{Member, members, object};
use super::recorder::{Listed, Recorder, Refused};
use crate::claims::policy::Policy;
use crate::claims::{self, Read};
use crate::json;
use crate::jws::{self, Buffer, Header, MAX_LEN, Parts};
use crate::shown;

pub(super) const FORM: &[Listed] = &[
    ("size", "The token has at most 16384 bytes", ""),
    ("parts", "It has three parts: header, payload and signature, with a dot between them", ""),
    ("header-encoding", "The header is in canonical base64url without padding", ""),
    ("header-json", "The header is one JSON object of at most 64 levels", ""),
    ("header-members", "`alg`, `kid` and `typ` are texts and occur at most once", ""),
    ("alg", "`alg` is there", ""),
    ("header-extensions", "The header has neither `crit` nor `b64`", ""),
    ("typ", "`typ` is absent, `JWT` or `at+jwt`", ""),
];

const PAYLOAD_ENCODING: Listed = ("payload-encoding", "The payload is in canonical base64url without padding", "");

const PAYLOAD_TEXT: Listed = ("payload-text", "The payload is UTF-8", "");

/// The suffix of the rules for the form of a claim.
const OF_CLAIM: &str = "-form";

pub(super) const PAYLOAD: &[Listed] = &[
    PAYLOAD_ENCODING,
    PAYLOAD_TEXT,
    ("payload-json", "The payload is one JSON object of at most 64 levels", ""),
    ("user-id-form", "The user id is a text and occurs once", "userid_claim"),
    ("exp-form", "`exp` is a number of seconds and occurs at most once", ""),
    ("nbf-form", "`nbf` is a number of seconds and occurs at most once", ""),
    ("iat-form", "`iat` is a number of seconds and occurs at most once", ""),
    ("auth_time-form", "`auth_time` is a number of seconds and occurs at most once", ""),
    ("refresh_until-form", "`refresh_until` is a number of seconds and occurs at most once", ""),
    ("nonce-form", "`nonce` is a text and occurs at most once", ""),
    ("iss-form", "`iss` is a text and occurs at most once", ""),
    ("aud-form", "`aud` is a text or a list of texts and occurs at most once", ""),
    ("login_time-form", "`login_time` is a number of seconds and occurs at most once", ""),
    ("carried-form", "`carried`, which the login carries, occurs at most once", ""),
    ("sid-form", "With sessions, `sid` is the id of a session and occurs at most once", "sessions"),
    ("gen-form", "With sessions, `gen` is a whole number, not negative, and occurs at most once", "sessions"),
];

pub(super) const ISSUER_PAYLOAD: &[Listed] = &[
    PAYLOAD_ENCODING,
    PAYLOAD_TEXT,
    ("payload-json", "The payload is one JSON object of at most 64 levels, and no name occurs twice", ""),
    ("user-id-form", "The user id is a text", "userid_claim"),
    ("exp-form", "`exp` is a number of seconds", ""),
    ("nbf-form", "`nbf` is a number of seconds", ""),
    ("iat-form", "`iat` is a number of seconds", ""),
    ("iss-form", "`iss` is a text", ""),
    ("aud-form", "The audience is a text or a list of texts", "audience_claim"),
];

/// The members of a header that has passed its rules.
pub(super) struct HeaderSays {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    #[cfg_attr(not(feature = "issuers"), allow(dead_code))]
    pub(super) is_access_token: bool,
}

/// The rules that are checked before the keys.
pub(super) fn form(token: &str, rules: &mut Recorder) -> Result<HeaderSays, Refused> {
    let size = format!("it has {}", token.len());
    if token.len() > MAX_LEN {
        return rules.fail("size", size);
    }
    rules.pass("size", size);
    let Ok(parts) = Parts::split(token.as_bytes()) else {
        let count = token.split('.').count();
        return rules.fail(
            "parts",
            match count {
                1 => "it has one part".to_owned(),
                5 => "it has 5, as an encrypted token has".to_owned(),
                count => format!("it has {count}"),
            },
        );
    };
    rules.pass("parts", "");
    let mut buffer = Buffer::new();
    let Ok(header) = buffer.decode(parts.header) else {
        return rules.fail("header-encoding", "it is not");
    };
    rules.pass("header-encoding", "");
    match Header::parse(header) {
        Ok(header_says) => {
            rules.pass_all(&["header-json", "header-extensions", "header-members"]);
            let typ = str::from_utf8(header).ok().and_then(members).and_then(|all| find(&all, "typ")?.text());
            rules.pass("typ", typ.map_or("it is absent".to_owned(), |typ| format!("it is {}", shown::text(&typ))));
            rules.pass("alg", format!("it is {}", shown::text(&header_says.alg)));
            Ok(HeaderSays {
                alg: header_says.alg.into_owned(),
                kid: header_says.kid.map(|kid| kid.into_owned()),
                is_access_token: header_says.is_access_token,
            })
        }
        Err(_) => bad_header(header, rules),
    }
}

/// Finds the rule that refused a header, by checking each member alone.
fn bad_header<T>(header: &[u8], rules: &mut Recorder) -> Result<T, Refused> {
    let Ok(text) = str::from_utf8(header) else {
        return rules.fail("header-json", "it is not UTF-8");
    };
    if !json::is_harmless(text) {
        return rules.fail("header-json", "it is nested too deeply, or has a name that `serde_json` reserves");
    }
    let Some(all) = members(text) else {
        return rules.fail("header-json", "it is something else");
    };
    rules.pass("header-json", "");
    // In the order of the list, so that the rules before the failed one have passed.
    let read = ["alg", "kid", "typ"];
    for name in read {
        let same: Vec<_> = all.iter().filter(|member| member.name == name).collect();
        if same.len() > 1 {
            return rules.fail("header-members", format!("`{name}` occurs {} times", same.len()));
        }
        if same.iter().any(|member| member.text().is_none()) {
            return rules.fail("header-members", format!("`{name}` is not a text"));
        }
    }
    rules.pass("header-members", "");
    if find(&all, "alg").is_none() {
        return rules.fail("alg", "it is absent");
    }
    rules.pass("alg", "");
    if let Some(extension) = all.iter().find(|member| matches!(&*member.name, "crit" | "b64")) {
        return rules.fail("header-extensions", format!("it has `{}`", extension.name));
    }
    rules.pass("header-extensions", "");
    if let Some(typ) = find(&all, "typ")
        && Header::parse(format!("{{\"alg\":\"HS256\",{}", &object(&[typ])[1..]).as_bytes()).is_err()
    {
        let detail = typ.text().map_or("it is something else".to_owned(), |typ| format!("it is {}", shown::text(&typ)));
        return rules.fail("typ", detail);
    }
    rules.fail("typ", "it can't be read")
}

/// The rules for the form of the payload and its claims. Returns the result of `judge` for the claims.
pub(super) fn payload<T>(
    token: &str,
    policy: &Policy,
    rules: &mut Recorder,
    judge: impl FnOnce(&Read<'_, ()>, &[Member<'_>], &mut Recorder) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let mut buffer = Buffer::new();
    let Ok(payload) = jws::payload(token.as_bytes(), &mut buffer) else {
        return rules.fail("payload-encoding", "it is not");
    };
    rules.pass("payload-encoding", "");
    let Ok(payload) = str::from_utf8(payload) else {
        return rules.fail("payload-text", "it is not");
    };
    rules.pass("payload-text", "");
    match claims::read::<()>(payload, policy) {
        Some(read) => {
            rules.pass("payload-json", "");
            let all = members(payload).unwrap_or_default();
            for (name, rule) in form_rules(policy, &all) {
                let name = &*name;
                match all.iter().any(|member| member.name == name) {
                    true => rules.pass(rule, ""),
                    false => rules.pass(rule, "it is absent"),
                }
            }
            judge(&read, &all, rules)
        }
        None => bad_payload(payload, policy, rules),
    }
}

/// Finds the rule that refused a payload, by reading each claim alone.
fn bad_payload<T>(payload: &str, policy: &Policy, rules: &mut Recorder) -> Result<T, Refused> {
    if !json::is_harmless(payload) {
        return rules.fail("payload-json", "it is nested too deeply, or has a name that `serde_json` reserves");
    }
    let Some(all) = members(payload) else {
        return rules.fail("payload-json", "it is something else");
    };
    if policy.of_issuer.is_some()
        && let Some(twice) = all.iter().find(|one| all.iter().filter(|other| one.name == other.name).count() > 1)
    {
        return rules.fail("payload-json", format!("{} occurs twice", shown::text(&twice.name)));
    }
    rules.pass("payload-json", "");
    let is_good = |members: &[&Member<'_>]| claims::read::<()>(&object(members), policy).is_some();
    for (name, rule) in form_rules(policy, &all) {
        let same: Vec<_> = all.iter().filter(|member| member.name == *name).collect();
        if !same.iter().all(|member| is_good(&[member])) {
            return rules.fail(rule, "it is something else");
        }
        if !is_good(&same) {
            return rules.fail(rule, format!("it occurs {} times", same.len()));
        }
        rules.pass(rule, "");
    }
    rules.fail("payload-json", "it can't be read")
}

/// The claims that are read, each with the rule for its form. The user id comes first, because any claim can be
/// configured for it.
fn form_rules(policy: &Policy, all: &[Member<'_>]) -> Vec<(String, &'static str)> {
    let of_issuer = policy.of_issuer.as_ref();
    let listed = if of_issuer.is_some() { ISSUER_PAYLOAD } else { PAYLOAD };
    let userid = match of_issuer.map(|rules| &rules.userid) {
        None => &*policy.userid_claim,
        // A path that is the name of a claim, or the claim that it begins with.
        Some(path) => path.name().filter(|name| find(all, name).is_some()).unwrap_or(path.split().0),
    };
    let form_rule = |(rule, ..): &Listed| {
        let claim = match (rule.strip_suffix(OF_CLAIM)?, of_issuer) {
            ("user-id", _) => userid,
            ("aud", Some(rules)) => &*rules.audience_claim,
            // The rule of the user id is the only one for its claim.
            (claim, None) if claim == userid => return None,
            (claim, _) => claim,
        };
        Some((claim.to_owned(), *rule))
    };
    listed.iter().filter_map(form_rule).collect()
}

/// Finds a member by name.
pub(super) fn find<'m, 'j>(members: &'m [Member<'j>], name: &str) -> Option<&'m Member<'j>> {
    members.iter().find(|member| member.name == name)
}
