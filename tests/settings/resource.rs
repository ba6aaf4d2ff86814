//! `resource` and `authorization_servers`: where their faults come from, and their warnings.

use crate::launch::{launch, launch_with_secret};

const RESOURCE: &str = "resource = \"https://api.example.com/mcp\"";

#[test]
fn resource_fault_names_its_origin() {
    let fault = launch_with_secret("resource = \"http://api.example.com\"").fault("resource");
    fault.assert_says(&["is `http:`", "`https://api.example.com/mcp`"]);
    let origin = fault.origin.expect("an origin");
    assert!(origin.starts_with("`default.jwtauth.resource` in ") && origin.ends_with("Rocket.toml"), "{origin}");
    let servers = format!("{RESOURCE}\nauthorization_servers = \"id\"");
    let fault = launch_with_secret(&servers).fault("authorization_servers");
    fault.assert_says(&["has `id`", "`https://id.example.com`"]);
    assert!(fault.origin.is_some_and(|origin| origin.contains("authorization_servers")));
}

#[test]
fn resource_without_authorization_server_warns() {
    let warnings_of = |settings: &str| -> Vec<String> {
        let launch = launch(settings);
        launch.config();
        launch.warnings().into_iter().map(str::to_owned).collect()
    };
    let secret = format!("master_secret = \"{}\"", crate::launch::SECRET);
    let [warning] = &warnings_of(&format!("{secret}\n{RESOURCE}"))[..] else { panic!("one warning") };
    assert!(warning.contains("no authorization server") && warning.contains("`authorization_servers`"), "{warning}");
    let named = format!("{secret}\n{RESOURCE}\nauthorization_servers = \"https://id.example.com\"");
    assert_eq!(warnings_of(&named), [""; 0]);

    let issuers = |issuers: &[&str]| {
        let table = |issuer: &&str| {
            format!("[[default.jwtauth.issuers]]\nissuer = \"{issuer}\"\njwks_uri = \"https://id.example.com/jwks\"\n")
        };
        format!("userids = \"distinct\"\n{RESOURCE}\n{}", issuers.iter().map(table).collect::<String>())
    };
    assert_eq!(warnings_of(&issuers(&["https://id.example.com"])), [""; 0]);
    let odd = issuers(&["https://id.example.com", "accounts.example.com"]);
    let [warning] = &warnings_of(&odd)[..] else { panic!("one warning") };
    assert!(warning.contains("`accounts.example.com` is not a URL"), "{warning}");
    let launched = launch(&odd);
    let resource = launched.config().resource.as_ref().expect("a resource");
    assert_eq!(resource.authorization_servers, ["https://id.example.com"]);
    assert_eq!(warnings_of(&format!("authorization_servers = \"https://id.example.com\"\n{odd}")), [""; 0]);
}
