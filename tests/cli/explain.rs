//! `jwtauth explain`: its input, output and exit codes.

use jwtauth::cli::{BAD, GOOD, USAGE};
use jwtauth_tests::{NOW, SECRET, forge_with, token};
use serde_json::json;

use crate::command::{Ran, in_folder, run};

const MORE: &str = "allow_refresh = true\nmax_lifetime = \"30d\"\n";

fn explain(settings: &str, input: &str) -> Ran {
    let mut ran = None;
    let settings = format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{settings}");
    in_folder(&settings, |_| ran = Some(run("explain --profile release", input)));
    let ran = ran.expect("a run");
    assert!(!format!("{ran:?}").contains(SECRET));
    ran
}

fn good() -> String {
    token(&json!({ "sub": "alice", "iat": NOW, "auth_time": NOW, "exp": NOW + 60, "refresh_until": NOW + 60 }))
}

#[test]
fn explain_accepts_a_token_with_newline_and_scheme() {
    for input in [good(), format!("{}\n", good()), format!("Bearer {}\n", good()), format!("bearer {}\r\n", good())] {
        let ran = explain(MORE, &input);
        assert_eq!(ran.code, GOOD, "{}", ran.output);
        assert!(ran.output.starts_with("access: accepted\n"), "{}", ran.output);
        assert!(ran.output.contains("\nrefreshing: no rule refuses it\n"), "{}", ran.output);
        assert!(!ran.output.contains(&good()[..40]), "{}", ran.output);
    }
}

#[test]
fn explain_names_the_rule_and_its_setting() {
    let ran = explain("", &token(&json!({ "sub": "alice", "exp": NOW - 60 })));
    assert_eq!(ran.code, BAD);
    assert!(ran.output.starts_with("access: refused by the rule `exp`: The token has expired\n"), "{}", ran.output);
    let line = ran.output.lines().find(|line| line.trim_start().starts_with("FAILED")).expect("a rule");
    assert!(line.contains("[`expiration_delta`, `leeway`]") && line.ends_with("1m ago"), "{line}");
    assert!(ran.output.contains("refreshing: refused by the rule `allow_refresh`"), "{}", ran.output);
}

#[test]
fn explain_shows_only_structure_before_the_signature_is_good() {
    let claims = json!({ "sub": "mallory", "iss": "mallory", "exp": 7, "aud": "mallory" }).to_string();
    let header = r#"{"alg":"HS256","kid":"\u001b[31mevil","typ":"JWT"}"#;
    for header in [header, r#"{"alg":"HS256"}"#] {
        let ran = explain(MORE, &forge_with(header, &claims, b"another secret, which is not ours"));
        assert_eq!(ran.code, BAD);
        assert!(!ran.output.contains("mallory") && !ran.output.contains('\u{1b}'), "{}", ran.output);
    }
}

#[test]
fn explain_refuses_what_is_no_token() {
    for input in ["", "\n", "Bearer \n"] {
        let ran = explain("", input);
        assert_eq!(ran.code, USAGE, "{input:?}: {ran:?}");
        assert!(ran.output.is_empty() && ran.errors.contains("no token"), "{ran:?}");
    }
    assert_eq!(explain("", "hello\n").code, BAD);
}

#[test]
fn explain_reports_faults_of_the_settings() {
    let ran = explain("leeway = -1\n", &good());
    assert_eq!(ran.code, BAD);
    assert!(ran.output.is_empty() && ran.errors.contains("`leeway`: "), "{ran:?}");
}

#[test]
fn explain_says_that_sessions_are_in_the_application_s_memory() {
    let ran = explain(&format!("{MORE}sessions.url = \"memory:\"\n"), &{
        let claims = json!({ "sub": "alice", "iat": NOW, "exp": NOW + 60, "sid": "AAAAAAAAAAAAAAAAAAAAAA" });
        token(&claims)
    });
    assert_eq!(ran.code, BAD);
    assert!(ran.errors.contains("sessions can't be checked: the sessions are in the memory"), "{ran:?}");
    assert!(ran.output.starts_with("access: refused by the rule `session`: "), "{}", ran.output);
}
