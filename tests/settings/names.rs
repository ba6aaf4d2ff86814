//! Settings that are names: kid, issuer, auth_header_prefix, userid_claim, realm; and the flags.

use jwtauth_tests::encode;

use crate::launch::{Launch, launch_with_secret};

fn header(launch: &Launch) -> String {
    let tokens = launch.issue("alice");
    tokens.access_token().split('.').next().expect("a header").to_owned()
}

#[test]
fn token_header_always_contains_kid() {
    let named = launch_with_secret("kid = \"2025-06\"");
    assert_eq!(header(&named), encode(r#"{"alg":"HS256","typ":"JWT","kid":"2025-06"}"#));
    let unnamed = launch_with_secret("");
    let kid = unnamed.key().1;
    assert_eq!(header(&unnamed), encode(format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{kid}"}}"#)));
}

#[test]
fn token_header_escapes_kid() {
    let launch = launch_with_secret("kid = 'a \"b\" \\ ü'");
    assert_eq!(header(&launch), encode(r#"{"alg":"HS256","typ":"JWT","kid":"a \"b\" \\ ü"}"#));
    let tokens = launch.issue("alice");
    assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
}

#[test]
fn verifier_refuses_token_with_another_kid() {
    let (old, new, none) =
        (launch_with_secret("kid = \"old\""), launch_with_secret("kid = \"new\""), launch_with_secret(""));
    assert_eq!(new.userid(&old.issue("alice")), None);
    assert_eq!(none.userid(&old.issue("alice")), None);
    assert_eq!(new.userid(&none.issue("alice")), None);
}

#[test]
fn fault_of_issuer_table_points_to_issuers() {
    let one = launch_with_secret("[[default.jwtauth.issuer]]\nissuer = \"https://id.example.com\"").fault("issuer");
    one.assert_says(&["is a list where text is wanted", "listed in `issuers`"]);
    let table = launch_with_secret("[default.jwtauth.issuer]\naudience = \"us\"").fault("issuer");
    table.assert_says(&["is a table where text is wanted", "listed in `issuers`"]);
}

#[test]
fn settings_refuse_empty_and_non_text_names() {
    for name in ["kid", "issuer", "auth_header_prefix", "userid_claim", "realm", "algorithm"] {
        let read = |value: &str| launch_with_secret(&format!("{name} = {value}")).fault(name);
        read("\"\"").assert_says(&["is empty", "remove it"]);
        read("5").assert_says(&["is a number where text is wanted", "quotes"]);
        read("[\"a\"]").assert_says(&["is a list where text is wanted"]);
        read("true").assert_says(&["where text is wanted"]);
        read("1979-05-27").assert_says(&["where text is wanted"]);
    }
}

#[test]
fn settings_accept_one_letter_names() {
    let launch = launch_with_secret(
        "kid = \"k\"\nissuer = \"i\"\nauth_header_prefix = \"B\"\nuserid_claim = \"u\"\nrealm = \"r\"",
    );
    let config = launch.config();
    assert_eq!(launch.key().1, "k");
    assert_eq!(config.issuer.as_deref(), Some("i"));
    assert_eq!(config.auth_header_prefix, "B");
    assert_eq!(config.userid_claim, "u");
    assert_eq!(config.realm.as_deref(), Some("r"));
}

#[test]
fn settings_refuse_flags_that_are_not_booleans() {
    for name in ["allow_refresh", "verify_expiration_on_refresh"] {
        for (value, found) in
            [("\"true\"", "is text"), ("\"\"", "is text"), ("1", "is a number"), ("[true]", "is a list")]
        {
            let fault = launch_with_secret(&format!("{name} = {value}")).fault(name);
            fault.assert_says(&[found, "`true` or `false` is wanted", "without quotes"]);
        }
    }
}

#[test]
fn auth_header_prefix_accepts_only_one_word() {
    for prefix in ["Bearer", "JWT", "x-token", "DPoP", "a.b_c~d"] {
        let launch = launch_with_secret(&format!("auth_header_prefix = \"{prefix}\""));
        assert_eq!(launch.config().auth_header_prefix, prefix);
    }
    for prefix in
        ["Bearer ", " Bearer", "Bearer token", "Bearer,", "Bearer=", "\\\"Bearer\\\"", "Träger", "a\\nb", "a\\tb"]
    {
        let fault = launch_with_secret(&format!("auth_header_prefix = \"{prefix}\"")).fault("auth_header_prefix");
        fault.assert_says(&["characters", "one word", "`Bearer`"]);
    }
}

#[test]
fn userid_claim_refuses_registered_names() {
    for name in ["iss", "aud", "exp", "nbf", "iat", "jti", "auth_time", "sid", "gen", "refresh_until", "nonce"] {
        let fault = launch_with_secret(&format!("userid_claim = \"{name}\"")).fault("userid_claim");
        fault.assert_says(&["another meaning", "another name"]);
    }
    for name in ["sub", "uid", "user id", "https://example.com/user", "größe", "EXP"] {
        assert_eq!(launch_with_secret(&format!("userid_claim = \"{name}\"")).config().userid_claim, name);
    }
}

#[test]
fn realm_refuses_characters_that_no_header_allows() {
    for realm in ["shop", "the shop", "a \\\"b\\\" \\\\ c", "a,b=c;d"] {
        launch_with_secret(&format!("realm = \"{realm}\"")).config();
    }
    for realm in ["größer", "a\\nb", "a\\r\\nSet-Cookie: a=b", "a\\tb", "a\\u007fb", "a\\u0000b"] {
        let fault = launch_with_secret(&format!("realm = \"{realm}\"")).fault("realm");
        fault.assert_says(&["characters", "header", "ASCII"]);
    }
}
