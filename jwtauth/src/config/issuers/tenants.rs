//! The settings of an issuer with tenants.

use crate::claims::issuer::{IssuerName, TENANT, is_tenant};
use crate::config::settings::{Setting, Settings};
use crate::config::tenants::Tenants;

/// Reads the tenants of the issuer with this name. `Some(None)` if it has none. `None` is a fault.
pub(super) fn read(table: &mut Settings<'_>, issuer: &Setting<String>) -> Option<Option<Tenants>> {
    let is_any = matches!(table.peek("tenants").and_then(|value| value.as_str()), Some("any"));
    let setting = table.texts("tenants");
    let is_template = IssuerName::from(&*issuer.value).is_template();
    let places = issuer.value.matches(['{', '}']).count();
    if places != if is_template { 2 } else { 0 } {
        let problem = "has braces, which only stand for the tenant";
        let remedy = format!("write `{TENANT}` once, where the tenant is in `iss`, and no other braces");
        table.fault("issuer", Some(&issuer.origin), problem, remedy);
        return None;
    }
    if let (true, IssuerName::Template { after, .. }) = (is_template, IssuerName::from(&*issuer.value))
        && after.starts_with(|char: char| is_tenant(char.encode_utf8(&mut [0; 4])))
    {
        let remedy = format!("end the tenant with a slash, as in `https://login.example.com/{TENANT}/v2.0`");
        table.fault("issuer", Some(&issuer.origin), "has no end of the tenant", remedy);
        return None;
    }
    match (is_template, setting) {
        (false, None) => Some(None),
        (false, Some(setting)) => {
            let remedy = format!("write `{TENANT}` in `issuer`, in the place of the tenant; or remove it");
            table.fault("tenants", Some(&setting.origin), "is set, and `issuer` has no tenant", remedy);
            None
        }
        (true, None) => {
            if !table.faults_on("tenants") {
                let remedy = "list the tenants whose users may use this application, or write `tenants = \"any\"`";
                table.fault("tenants", None, "is not set, and every tenant has its own users", remedy);
            }
            None
        }
        (true, Some(_)) if is_any => {
            let named = table.named("tenants");
            table.warn(format!(
                "`{named}` is `any`, and the users of every tenant of this issuer are accepted: anyone can open one"
            ));
            Some(Some(Tenants::Any))
        }
        (true, Some(setting)) if setting.value.iter().any(|tenant| tenant == "any") => {
            let problem = "has the entry `any`, which is not a tenant";
            table.fault("tenants", Some(&setting.origin), problem, "write `tenants = \"any\"`, or list the tenants");
            None
        }
        (true, Some(setting)) => match setting.value.iter().find(|tenant| !is_tenant(tenant)) {
            None => Some(Some(Tenants::Listed(setting.value))),
            Some(_) => {
                let remedy = "write the value of `tid` in the tokens of the tenant";
                table.fault("tenants", Some(&setting.origin), "has an entry that is not a tenant", remedy);
                None
            }
        },
    }
}
