//! The settings for the claims of an issuer's tokens.

use std::collections::BTreeMap;

use figment::value::{Dict, Num, Value};

use crate::claims::{ClaimPath, Requirement};
use crate::config::grant::Grant;
use crate::config::settings::Settings;

/// The claims of an issuer's tokens that are judged.
pub(super) struct IssuerClaims {
    pub(super) audience_claim: String,
    pub(super) require: Vec<Requirement>,
    pub(super) userid_claim: ClaimPath,
    pub(super) permissions_claim: Option<ClaimPath>,
    pub(super) permissions: Option<BTreeMap<String, String>>,
    /// The entries of `permissions`.
    pub(super) grants: Vec<Grant>,
}

/// Claims that have a rule of their own.
const JUDGED: [&str; 5] = ["iss", "exp", "nbf", "iat", "aud"];

/// Reads the settings. `None` if any of them has a fault.
pub(super) fn read(table: &mut Settings<'_>) -> Option<IssuerClaims> {
    let audience_claim = audience_claim(table);
    let require = require(table);
    let userid_claim = path(table, "userid_claim", "sub");
    let permissions_claim = table.is_set("permissions_claim").then(|| path(table, "permissions_claim", ""));
    let mut grants = Vec::new();
    let permissions = permissions(table, permissions_claim.is_some(), &mut grants);
    Some(IssuerClaims {
        audience_claim: audience_claim?,
        require: require?,
        userid_claim: userid_claim?,
        permissions_claim: match permissions_claim {
            None => None,
            Some(path) => Some(path?),
        },
        permissions: permissions?,
        grants,
    })
}

fn audience_claim(table: &mut Settings<'_>) -> Option<String> {
    if !table.is_set("audience_claim") {
        return Some("aud".into());
    }
    let setting = table.text("audience_claim")?;
    if JUDGED[..4].contains(&&*setting.value) || setting.value == "sub" {
        let problem = format!("is `{}`, which never holds an audience", setting.value);
        let remedy = "write `aud`, `client_id` or `azp`: the claim that names this application in the issuer's tokens";
        table.fault("audience_claim", Some(&setting.origin), problem, remedy);
        return None;
    }
    Some(setting.value)
}

/// A name or a path. A list is always a path.
fn path(table: &mut Settings<'_>, name: &'static str, default: &str) -> Option<ClaimPath> {
    if !table.is_set(name) {
        return Some(ClaimPath::from(default));
    }
    let is_list = matches!(table.peek(name), Some(Value::Array(..)));
    let setting = table.texts(name)?;
    if setting.value.first().is_some_and(|claim| JUDGED.contains(&&**claim)) {
        let problem = "is the name of a claim with another meaning";
        table.fault(
            name,
            Some(&setting.origin),
            problem,
            "write the name of the claim, such as `sub`, `email` or `roles`",
        );
        return None;
    }
    match is_list {
        true => ClaimPath::of_parts(setting.value),
        false => setting.value.first().map(|text| ClaimPath::from(&**text)),
    }
}

fn require(table: &mut Settings<'_>) -> Option<Vec<Requirement>> {
    const REMEDY: &str = "write a table of claims and their values, such as `{ token_use = \"access\" }`";
    let Some((value, origin)) = table.take("require") else {
        return Some(Vec::new());
    };
    let Value::Dict(_, values) = value else {
        table.wrong_type("require", &origin, &value, "a table", REMEDY);
        return None;
    };
    if values.is_empty() {
        table.fault("require", Some(&origin), "is an empty table", "name a claim and its value, or remove it");
        return None;
    }
    let mut require = Vec::new();
    if let Err(claim) = requirements(&[], values, &mut require) {
        let problem = format!(
            "has a value for `{}` that is not a text, a whole number, `true`, `false` or a table of them",
            claim.escape_debug()
        );
        table.fault("require", Some(&origin), problem, REMEDY);
        return None;
    }
    Some(require)
}

/// Adds the requirements for the members of an object: the claims, or a claim that is an object. Fails with the path of
/// a value of another type. An empty table is one.
fn requirements(object: &[String], members: Dict, require: &mut Vec<Requirement>) -> Result<(), String> {
    if members.is_empty() {
        return Err(object.join("."));
    }
    for (name, value) in members {
        let path = [object, &[name]].concat();
        if let Value::Dict(_, inner) = value {
            requirements(&path, inner, require)?;
            continue;
        }
        let claim = match &path[..] {
            [name] => Some(ClaimPath::from(&**name)),
            _ => ClaimPath::of_parts(path.clone()),
        };
        let (Some(claim), Some(value)) = (claim, json(&value)) else { return Err(path.join(".")) };
        require.push(Requirement { claim, value });
    }
    Ok(())
}

fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::String(_, text) => text.as_str().into(),
        Value::Char(_, char) => char.to_string().into(),
        Value::Bool(_, bool) => (*bool).into(),
        Value::Num(_, Num::F32(_) | Num::F64(_)) => return None,
        Value::Num(_, number) => match (number.to_u128(), number.to_i128()) {
            (Some(number), _) => u64::try_from(number).ok()?.into(),
            (None, number) => i64::try_from(number?).ok()?.into(),
        },
        _ => return None,
    })
}

/// The names that count in the claim. The outer `None` is a fault.
fn permissions(
    table: &mut Settings<'_>,
    has_claim: bool,
    grants: &mut Vec<Grant>,
) -> Option<Option<BTreeMap<String, String>>> {
    const REMEDY: &str =
        "write a table of the issuer's names and your permissions, such as `{ \"orders-admin\" = \"admin\" }`";
    let Some((value, origin)) = table.take("permissions") else {
        return Some(None);
    };
    let Value::Dict(_, values) = value else {
        table.wrong_type("permissions", &origin, &value, "a table", REMEDY);
        return None;
    };
    if !has_claim {
        let remedy = "set `permissions_claim` to the claim that has the names, such as `roles` or `realm_access.roles`";
        table.fault("permissions", Some(&origin), "is set, and `permissions_claim` is not", remedy);
        return None;
    }
    let mut names = BTreeMap::new();
    for (theirs, ours) in values {
        let Value::String(_, ours) = ours else {
            let problem = format!("has a value for `{}` that is not a text", theirs.escape_debug());
            table.fault("permissions", Some(&origin), problem, REMEDY);
            return None;
        };
        grants.push(Grant {
            setting: table.named("permissions"),
            origin: origin.described(),
            theirs: theirs.clone(),
            permission: ours.clone(),
        });
        names.insert(theirs, ours);
    }
    Some(Some(names))
}
