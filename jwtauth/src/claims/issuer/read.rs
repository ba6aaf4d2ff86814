//! Reads the claims of a trusted issuer's token that are judged. Its other claims have any form and any meaning: they
//! are left to the application's type.

use std::borrow::Cow;

use serde::de::DeserializeSeed;

use super::raw_members::RawMembers;
use super::rules::IssuerRules;
use crate::claims::audience::AudienceSeed;
use crate::claims::names;
use crate::claims::numeric_date::NumericDate;
use crate::claims::policy::Policy;
use crate::claims::registered::Registered;
use crate::json;

/// The claims that are judged.
#[derive(Debug)]
pub(in crate::claims) struct IssuerClaims<'p> {
    pub(in crate::claims) registered: Registered,
    /// The user id in this application.
    pub(in crate::claims) userid: Option<Cow<'p, str>>,
    /// The `iss`, if the issuer has one for each tenant.
    pub(in crate::claims) iss: Option<Cow<'p, str>>,
}

/// Reads the claims. Fails with the name of a claim that has another form.
pub(in crate::claims) fn read<'p>(
    claims: &RawMembers<'p>,
    policy: &Policy,
    rules: &IssuerRules,
) -> Result<IssuerClaims<'p>, String> {
    let iss = text(claims.get(names::ISS), || names::ISS.to_owned())?;
    let tenant = iss.as_deref().and_then(|iss| rules.name.tenant(iss));
    let userid = text(claims.find(&rules.userid), || rules.userid.to_string())?;
    let registered = Registered {
        exp: time(claims, names::EXP)?.map(|time| time.floor),
        nbf: time(claims, names::NBF)?.map(|time| time.ceil),
        iat: time(claims, names::IAT)?.map(|time| time.ceil),
        // Some issuers write it as text. Such a token has no time of the login, so it is not refused.
        auth_time: time(claims, names::AUTH_TIME).ok().flatten().map(|time| time.floor),
        issuer_matches: iss.as_deref().map(|iss| match rules.name.is_template() {
            false => rules.name.matches(iss),
            true => tenant.is_some_and(|tenant| is_of_tenant(claims, tenant) && rules.accepts(tenant)),
        }),
        audience_matches: audience(claims, policy, rules)?,
        misses_requirement: !rules.require.iter().all(|requirement| requirement.is_met(claims)),
        names_user: userid.as_deref().is_some_and(|userid| !userid.is_empty()),
        ..Registered::default()
    };
    let userid = match (&rules.userid_prefix, userid) {
        (Some(prefix), Some(userid)) => Some(Cow::Owned(prefix.add(tenant, &userid))),
        (_, userid) => userid,
    };
    Ok(IssuerClaims { registered, userid, iss: iss.filter(|_| rules.name.is_template()) })
}

/// Whether the claim `tid` is this tenant.
fn is_of_tenant(claims: &RawMembers<'_>, tenant: &str) -> bool {
    let tid = claims.get("tid").and_then(|tid| serde_json::from_str(tid).ok());
    tid.is_some_and(|json::Text(tid)| tid == tenant)
}

fn time(claims: &RawMembers<'_>, name: &str) -> Result<Option<NumericDate>, String> {
    let time = claims.get(name).map(serde_json::from_str).transpose();
    time.map_err(|_| name.to_owned())
}

fn text<'p>(value: Option<&'p str>, name: impl FnOnce() -> String) -> Result<Option<Cow<'p, str>>, String> {
    match value.map(serde_json::from_str::<json::Text<'p>>).transpose() {
        Ok(text) => Ok(text.map(|json::Text(text)| text)),
        Err(_) => Err(name()),
    }
}

/// Whether the claim is a text or a list of texts (RFC 7519 §4.1.3) with one of the audiences. `None` if it is absent.
fn audience(claims: &RawMembers<'_>, policy: &Policy, rules: &IssuerRules) -> Result<Option<bool>, String> {
    let read = |value| AudienceSeed(&policy.audience).deserialize(&mut serde_json::Deserializer::from_str(value));
    let matches = claims.get(&rules.audience_claim).map(read).transpose();
    matches.map_err(|_| rules.audience_claim.clone())
}
