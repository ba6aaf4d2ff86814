//! The prefixes of the issuers' user ids.

use crate::claims::issuer::{TENANT, UserIdPrefix};
use crate::config::issuer_config::IssuerConfig;
use crate::config::names::{ISSUERS, USERIDS};
use crate::config::settings::{Setting, Settings};
use crate::config::userids::{UserIds, Users};

/// Reads the prefix of an issuer. `None` is a fault.
pub(super) fn read(table: &mut Settings<'_>, issuer: &str, users: Users) -> Option<Option<String>> {
    let given = table.text("userid_prefix");
    let Some(Setting { value: prefix, origin }) = given else {
        let is_distinct = users.userids == Some(UserIds::Distinct) && !table.faults_on("userid_prefix");
        // As Kubernetes does: an issuer is a URL without a fragment.
        return Some(is_distinct.then(|| format!("{issuer}#")));
    };
    let has_tenant = issuer.contains(TENANT);
    let fault = match UserIdPrefix::parse(&prefix) {
        _ if users.userids != Some(UserIds::Distinct) => {
            ("is set, and `userids` is not `distinct`", "write `userids = \"distinct\"` below `[default.jwtauth]`")
        }
        None => ("has no end of the tenant", "end the tenant with a character such as `:`, as in `entra:{tenantid}:`"),
        Some(parsed) if parsed.has_tenant() && !has_tenant => {
            ("has a tenant, and `issuer` has none", "remove `{tenantid}`")
        }
        Some(parsed) if !parsed.has_tenant() && has_tenant => {
            ("has no tenant, and every tenant has its own users", "write `{tenantid}` in it, as in `entra:{tenantid}:`")
        }
        Some(_) => return Some(Some(prefix)),
    };
    table.fault("userid_prefix", Some(&origin), fault.0, fault.1);
    None
}

/// Checks that no user id can be one of two issuers. A prefix must not be the beginning of another.
pub(super) fn check_overlaps(settings: &mut Settings<'_>, places: &[usize], issuers: &[IssuerConfig]) {
    let prefixes: Vec<_> = issuers.iter().map(|issuer| UserIdPrefix::parse(issuer.userid_prefix.as_deref()?)).collect();
    for (index, prefix) in prefixes.iter().enumerate() {
        let overlaps =
            |other: &Option<UserIdPrefix>| prefix.as_ref().zip(other.as_ref()).is_some_and(|(a, b)| a.overlaps(b));
        if let Some(other) = prefixes[..index].iter().position(overlaps) {
            let (place, other) = (places[index], places[other]);
            let problem = format!("can be the beginning of that of `{ISSUERS}[{other}]`, or the other way round");
            let remedy = "give each issuer a `userid_prefix` that differs early, such as `shop:` and `bank:`";
            settings.fault(&format!("{ISSUERS}[{place}].userid_prefix"), None, problem, remedy);
        }
    }
}

/// Checks that `userids` is set if user ids come from several issuers. `count` is the number of issuers in the list,
/// those with faults included.
pub(super) fn check_userids(settings: &mut Settings<'_>, issuers: &[IssuerConfig], count: usize, users: Users) {
    let is_several = count > 1 || issuers.iter().any(|issuer| issuer.tenants.is_some());
    if users.userids.is_none() && !settings.faults_on(USERIDS) && (is_several || users.has_own && count > 0) {
        let problem = "is not set, and user ids come from several issuers: `alice` of one of them would act as `alice` of \
                       another";
        let remedy = "write `userids = \"distinct\"`, which gives the user ids of each trusted issuer a prefix; or \
                      `userids = \"shared\"`, if the same user id is the same person everywhere";
        settings.fault(USERIDS, None, problem, remedy);
    }
}
