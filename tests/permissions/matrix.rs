//! Every kind of token, for every rule, in every way to use one.

use jwtauth_tests::NOW;
use rocket::http::Method;
use serde_json::json;

use crate::permissions_app::{App, block_on};

/// The expected answer of a route with a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Content,
    /// No token.
    Missing,
    /// A token that is not valid, with this description.
    Invalid(&'static str),
    /// The permissions in the challenge. Empty if the application's rule refuses.
    Forbidden(&'static str),
    NotRecent(u64),
}

use Verdict::{Content, Forbidden, Missing, NotRecent};

const RULES: [&str; 8] = ["anyone", "one", "all", "any", "own", "recent", "one_and_recent", "any_or_own"];

/// The tokens, and the verdict on each by each rule.
fn tokens(app: &App) -> Vec<(&'static str, String, [Verdict; 8])> {
    let old = NOW - 301;
    let read = Forbidden("orders:read");
    let all = Forbidden("orders:read users:read");
    let any = Forbidden("orders:write");
    let write = Forbidden("orders:write");
    let admin = Forbidden("admin");
    let own = Forbidden("");
    let foreign = json!({ "permissions": ["admin"], "scope": "admin", "auth_time": NOW });
    vec![
        ("none", String::new(), [Missing; 8]),
        ("bad", "a.b.c".into(), [Verdict::Invalid("The token is malformed"); 8]),
        ("expired", app.token(json!({ "exp": NOW })), [Verdict::Invalid("The token has expired"); 8]),
        ("foreign", app.foreign_token(foreign), [Content, read, all, any, own, Content, write, admin]),
        (
            "foreign without a time",
            app.foreign_token(json!({})),
            [Content, read, all, any, own, NotRecent(300), write, admin],
        ),
        ("nothing granted", app.token(json!({})), [Content, read, all, any, Content, Content, write, Content]),
        (
            "reads",
            app.token(json!({ "permissions": ["orders:read"], "sub": "bob" })),
            [Content, Content, all, any, own, Content, write, admin],
        ),
        (
            "reads users",
            app.token(json!({ "permissions": ["users:read", "other"] })),
            [Content, read, all, Content, Content, Content, write, Content],
        ),
        (
            "writes",
            app.token(json!({ "permissions": ["orders:write"], "auth_time": NOW - 300 })),
            [Content, Content, all, Content, Content, Content, Content, Content],
        ),
        (
            "admin",
            app.token(json!({ "permissions": "admin", "sub": "bob" })),
            [Content, Content, Content, Content, own, Content, Content, Content],
        ),
        (
            "admin, long ago",
            app.token(json!({ "permissions": ["admin"], "auth_time": old })),
            [Content, Content, Content, Content, Content, NotRecent(300), NotRecent(300), Content],
        ),
        (
            "reads, long ago",
            app.token(json!({ "permissions": ["orders:read"], "auth_time": old })),
            [Content, Content, all, any, Content, NotRecent(300), write, Content],
        ),
    ]
}

impl Verdict {
    /// The status, the challenge and the `error` in the body.
    fn answer(self) -> (u16, Option<String>, &'static str) {
        match self {
            Content => (200, None, ""),
            Missing => (401, Some("Bearer".into()), "unauthorized"),
            Verdict::Invalid(why) => {
                let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{why}\"");
                (401, Some(challenge), "invalid_token")
            }
            Forbidden("") => (403, None, "forbidden"),
            Forbidden(scope) => {
                (403, Some(format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")), "insufficient_scope")
            }
            NotRecent(age) => {
                let challenge = format!("Bearer error=\"insufficient_user_authentication\", max_age=\"{age}\"");
                (401, Some(challenge), "insufficient_user_authentication")
            }
        }
    }
}

/// How a request carries its token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Carrier {
    Header,
    Cookie,
}

#[test]
fn every_token_gets_the_verdict_of_every_rule_in_every_way() {
    check(json!({}), Carrier::Header);
}

#[test]
fn every_token_in_a_cookie_gets_the_verdict_of_every_rule_in_every_way() {
    check(json!({ "allow_refresh": false, "cookies": {} }), Carrier::Cookie);
}

fn check(settings: serde_json::Value, carrier: Carrier) {
    block_on(async {
        let app = App::custom(settings, |rocket| rocket).await;
        let mut problems = Vec::new();
        for (kind, token, verdicts) in tokens(&app) {
            let cookie = format!("__Host-jwtauth={token}");
            let (token, headers) = match carrier {
                Carrier::Cookie if !token.is_empty() => ("", vec![("Cookie", cookie.as_str())]),
                _ => (token.as_str(), Vec::new()),
            };
            for (rule, verdict) in RULES.into_iter().zip(verdicts) {
                for (method, way) in [
                    (Method::Get, "guard"),
                    (Method::Head, "guard"),
                    (Method::Options, "guard"),
                    (Method::Get, "option"),
                    (Method::Get, "result"),
                    (Method::Get, "visitor"),
                    (Method::Get, "ranked"),
                    (Method::Get, "mounted"),
                    (Method::Head, "mounted"),
                    (Method::Get, "mounted-again"),
                ] {
                    let answer = app.send(method, &format!("/{rule}/{way}"), token, &headers).await;
                    let (mut status, mut challenge, mut error) = verdict.answer();
                    let mut body = if verdict == Content { "content" } else { "" };
                    match (way, verdict) {
                        ("option", _) => {
                            (status, challenge, error) = (200, None, "");
                            body = if verdict == Content { "content" } else { "none" };
                        }
                        ("visitor", Missing) => {
                            (status, challenge, error, body) = (200, None, "", "anonymous");
                        }
                        // The browser may have kept the cookie for too long.
                        ("visitor", Verdict::Invalid(_)) if carrier == Carrier::Cookie => {
                            (status, challenge, error, body) = (200, None, "", "anonymous");
                        }
                        _ => {}
                    }
                    let is_head = method == Method::Head;
                    let is_body_right = match error {
                        _ if is_head => answer.body.is_empty(),
                        "" => answer.body.starts_with(body) && !answer.body.contains("fallback"),
                        error => answer.json()["error"] == error,
                    };
                    let got = answer.header("WWW-Authenticate").map(str::to_owned);
                    if answer.status != status || got != challenge || !is_body_right {
                        problems
                            .push(format!("{method} /{rule}/{way} with {kind}: expected {verdict:?}, got {answer:?}"));
                    }
                }
            }
        }
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    });
}
