//! Faults in the list of keys: all are reported at once, each with its index.

use crate::keys::{EDDSA, ES256, OTHER_ES256_PUBLIC, RSA};
use crate::launch::{Fault, SECRET, in_jail, launch, launch_here, rocket_toml};

const OTHER: &str = "another secret of the tests, and as long as the first is: 64 byt";

fn settings(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.setting.as_str()).collect()
}

const EVERYTHING_WRONG: &str = r#"
    leeway = -1

    [[default.jwtauth.keys]]
    private_key_file = "es256.pem"
    public_key_file = "other.pem"
    algorithm = "ES256"
    kid = ""

    [[default.jwtauth.keys]]
    private_key_file = "nowhere.pem"
    algorithm = "EdDSA"
    sign_from = "tomorrow"
    retire_at = 7

    [[default.jwtauth.keys]]
    private_key_file = "es256.pem"
    algorithm = "EdDSA"
    colour = "red"

    [[default.jwtauth.keys]]
    master_secret = "short"
    retire_at = 2999-12-01

    [[default.jwtauth.keys]]
    algorithm = "ES256"
    sign_form = "2999-12-01T00:00:00Z"

    [[default.jwtauth.keys]]
    master_secret_file = "es256.pem"

    [[default.jwtauth.keys]]
    public_key_file = "rsa.pem"
    algorithm = "RS257"
"#;

#[test]
fn key_list_reports_every_fault_with_origin_and_remedy() {
    in_jail(|jail| {
        for (file, content) in [("es256.pem", ES256), ("rsa.pem", RSA), ("other.pem", OTHER_ES256_PUBLIC)] {
            jail.create_file(file, content).expect("a file");
        }
        rocket_toml(jail, &format!("[default.jwtauth]\n{EVERYTHING_WRONG}"));
        let faults = launch_here().faults();
        let expected = [
            ("keys[0].public_key_file", "are not a pair"),
            ("keys[0].kid", "is empty"),
            ("keys[1].private_key_file", "can't be read"),
            ("keys[1].sign_from", "is not a point in time"),
            ("keys[1].retire_at", "is a number where a point in time is wanted"),
            ("keys[2].private_key_file", "EdDSA needs an Ed25519 key; this is an EC key on the curve P-256"),
            ("keys[2].colour", "is not a setting"),
            ("keys[3].master_secret", "at least 32 bytes"),
            ("keys[3].retire_at", "with its offset"),
            ("keys[4].private_key_file", "is not set"),
            ("keys[4].sign_form", "did you mean `sign_from`?"),
            ("keys[5].master_secret_file", "this is a key"),
            ("keys[6].algorithm", "is not the name of an algorithm"),
            ("leeway", "is negative"),
        ];
        assert_eq!(settings(&faults), expected.map(|(setting, _)| setting));
        for (fault, (setting, words)) in faults.iter().zip(expected) {
            fault.assert_says(&[words]);
            let origin = format!("`default.jwtauth.{setting}` in Rocket.toml");
            let expected = (!fault.text.starts_with("is not set")).then_some(origin);
            assert_eq!(fault.origin, expected, "{fault:?}");
            let remedy = fault.text.split_once("; ").map(|(_, remedy)| remedy);
            assert!(remedy.is_some_and(|remedy| remedy.len() > 10), "no remedy: {fault:?}");
        }
    });
}

#[test]
fn key_list_refuses_key_settings_beside_it() {
    for setting in ["master_secret", "private_key", "public_key", "master_secret_file", "algorithm", "kid"] {
        let launch =
            launch(&format!("{setting} = \"{OTHER}\"\n[[default.jwtauth.keys]]\nmaster_secret = \"{SECRET}\""));
        let fault = launch.fault(setting);
        fault.assert_says(&["is set beside the list `keys`", "move it to a key of the list"]);
        assert_eq!(fault.origin, Some(format!("`default.jwtauth.{setting}` in Rocket.toml")));
        launch.assert_never_says(OTHER);
    }
    for setting in ["sign_from", "retire_at"] {
        let launch = launch(&format!("master_secret = \"{SECRET}\"\n{setting} = \"2999-12-01T00:00:00Z\""));
        launch.fault(setting).assert_says(&["is not a setting"]);
    }
}

#[test]
fn key_list_refuses_values_other_than_lists_of_tables() {
    for (written, words) in [
        ("keys = []", "is an empty list"),
        ("keys = \"a.pem\"", "is text where a list of tables is wanted"),
        ("keys = [\"a.pem\"]", "is text where a list of tables is wanted"),
        ("[default.jwtauth.keys]\nmaster_secret = \"x\"", "is a table where a list of tables is wanted"),
    ] {
        launch(written).fault("keys").assert_says(&[words, "[[default.jwtauth.keys]]"]);
    }
}

#[test]
fn key_list_refuses_duplicate_kids() {
    let item = |secret: &str, kid: &str| format!("[[default.jwtauth.keys]]\nmaster_secret = \"{secret}\"\n{kid}\n");
    let launch = |items: &[String]| launch(&items.concat());
    let named = launch(&[item(OTHER, ""), item(SECRET, "kid = \"1\""), item(OTHER, "kid = \"1\"")]);
    let fault = named.fault("keys[2].kid");
    fault.assert_says(&["is that of `keys[1]`", "give them different names"]);
    assert_eq!(fault.origin.as_deref(), Some("`default.jwtauth.keys[2].kid` in Rocket.toml"));
    let same = launch(&[item(SECRET, ""), item(SECRET, "algorithm = \"HS512\"")]);
    let fault = same.fault("keys[1].kid");
    fault.assert_says(&["is that of `keys[0]`", "the same key"]);
    assert_eq!(fault.origin, None);
    launch(&[item(SECRET, ""), item(SECRET, "algorithm = \"HS512\"\nkid = \"512\"")]).config();
    // Indexes count all keys of the list, including faulty ones.
    let faults = launch(&[item("short", ""), item(SECRET, ""), item(SECRET, "")]).faults();
    assert_eq!(settings(&faults), ["keys[0].master_secret", "keys[2].kid"]);
    faults[1].assert_says(&["is that of `keys[1]`"]);
}

#[test]
fn key_list_refuses_contradictory_times() {
    let past = "retire_at = \"2020-01-01T00:00:00Z\"";
    let launch_with =
        |secret: &str, times: &str| launch(&format!("[[default.jwtauth.keys]]\nmaster_secret = \"{secret}\"\n{times}"));
    for end in ["2026-01-01T00:00:00Z", "2026-01-01T00:59:59+01:00", "2020-01-01T00:00:00Z"] {
        let times = format!("sign_from = \"2026-01-01T00:00:00Z\"\nretire_at = \"{end}\"");
        launch_with(SECRET, &times).fault("keys[0].retire_at").assert_says(&["is not after `sign_from`"]);
    }
    let launch = launch_with(SECRET, past);
    launch.fault("keys").assert_says(&["has no key that is not retired"]);
    assert_eq!(launch.fault("keys").origin, None);

    in_jail(|jail| {
        jail.create_file("key.pem", crate::keys::EDDSA_PUBLIC).expect("a file");
        rocket_toml(
            jail,
            "[[default.jwtauth.keys]]\npublic_key_file = \"key.pem\"\nalgorithm = \"EdDSA\"\n\
             sign_from = \"2026-01-01T00:00:00Z\"",
        );
        launch_here().fault("keys[0].sign_from").assert_says(&["there is no private key"]);
    });
}

#[test]
fn jwks_path_needs_a_public_key_and_a_mountable_path() {
    let settings = format!("jwks_path = \"/jwks.json\"\n[[default.jwtauth.keys]]\nmaster_secret = \"{SECRET}\"");
    launch(&settings).fault("jwks_path").assert_says(&["no public key to publish", "remove it"]);
    for path in
        ["", "jwks.json", "/", "//", "/a//b", "/a/", "/<key>", "/a?b", "/a b", "/..", "/../a", "/./a", "/ä", "/%41"]
    {
        let launch = launch(&format!("jwks_path = \"{path}\"\nalgorithm = \"EdDSA\"\nprivate_key = '''{EDDSA}'''"));
        launch.fault("jwks_path").assert_says(&[if path.is_empty() {
            "is empty"
        } else {
            "is not a path that can be mounted"
        }]);
    }
}

#[test]
fn key_list_faults_contain_no_secret() {
    let launch = launch(
        "[[default.jwtauth.keys]]\nmaster_secret = \"hunter2\"\n\
         [[default.jwtauth.keys]]\nprivate_key = \"hunter3\"\nalgorithm = \"EdDSA\"\n\
         [[default.jwtauth.keys]]\nmaster_secret_file = \"hunter4\"\n\
         [[default.jwtauth.keys]]\nkid = [\"hunter5\"]\nretire_at = \"hunter6\"\nmaster_secret = 7",
    );
    assert!(launch.faults().len() >= 6);
    launch.assert_never_says("hunter");
}
