//! A login whose user id no refresh endpoint accepts fails immediately, not at the first refresh.

use jwtauth::{Auth, AuthError, RefreshError, Refreshing, Tokens, refresh_endpoint};
use rocket::log::private::Level;
use rocket::{Route, catch, catchers, post, routes};
use serde_json::json;

use crate::log::logged;
use crate::wire_app::App;

#[post("/login/<userid>")]
async fn login(userid: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(userid, ()).await
}

#[refresh_endpoint("/refresh")]
fn number(_userid: i64) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh/flag")]
fn flag(_userid: bool) -> Option<()> {
    Some(())
}

#[refresh_endpoint("/refresh/text")]
fn text(_userid: &str) -> Option<()> {
    Some(())
}

#[post("/refresh/by-hand")]
async fn by_hand(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[catch(500)]
fn failed(request: &rocket::Request<'_>) -> String {
    AuthError::of(request).map(ToString::to_string).unwrap_or_default()
}

/// The endpoints are mounted after the fairing is attached.
fn app(endpoints: Vec<Route>) -> App {
    App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket.attach(fairing).mount("/", routes![login]).mount("/", endpoints).register("/", catchers![failed])
    })
}

#[test]
fn login_is_refused_if_no_refresh_endpoint_accepts_the_user_id() {
    let app = app(routes![number]);
    let (answer, lines) = logged(|| app.post("/login/alice"));
    let error = "no refresh endpoint accepts the user id `alice`: it is not of the type of their first parameter (i64)";
    assert_eq!((answer.status, answer.body.as_str()), (500, error));
    let told = lines.iter().find(|line| line.text.contains(error)).expect("a line");
    assert_eq!(told.level, Level::Error);
    let token = app.post("/login/-7").token();
    app.post_with("/refresh", &token).token();
}

#[test]
fn issue_is_refused_if_no_refresh_endpoint_accepts_the_user_id() {
    let app = app(routes![number, flag]);
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let jwtauth = app.jwtauth();
        let error = AuthError::WrongUserId { userid: "alice".into(), types: "bool, i64".into() };
        assert_eq!(jwtauth.issue("alice", ()).await.err(), Some(error.clone()));
        assert_eq!(jwtauth.issue_with_nonce("alice", (), "nonce").await.err(), Some(error));
        assert_eq!(jwtauth.issue("", ()).await.err(), Some(AuthError::EmptyUserId));
        for userid in ["7", "true"] {
            drop(jwtauth.issue(userid, ()).await.expect("tokens"));
        }
    });
}

#[test]
fn login_is_accepted_if_one_refresh_endpoint_accepts_the_user_id() {
    for endpoints in [routes![], routes![number, text], routes![number, by_hand], routes![by_hand]] {
        app(endpoints).post("/login/alice").token();
    }
}
