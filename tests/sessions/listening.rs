//! What is told of sessions: to a listener, or to the log if there is none.

use jwtauth::{Clock, JwtAuth, RefreshError, Refreshing, Tokens};
use jwtauth_tests::{NOW, with_secret};
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::log::private::Level;
use rocket::{post, routes};
use serde_json::json;

use crate::app::block_on;
use crate::log::logged;
use crate::store::Store;

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

struct App {
    client: Client,
    clock: Clock,
    store: Store,
}

impl App {
    /// Without a listener.
    async fn new() -> Self {
        let (clock, store) = (Clock::manual(NOW), Store::default());
        let settings = with_secret(json!({ "allow_refresh": true }));
        let fairing = JwtAuth::fairing().clock(clock.clone()).sessions(store.clone());
        let rocket = crate::app::rocket(settings).attach(fairing).mount("/", routes![refresh]);
        App { client: Client::untracked(rocket).await.expect("a launch"), clock, store }
    }

    async fn issue(&self, userid: &str) -> String {
        let jwtauth: &JwtAuth = self.client.rocket().state().expect("attached");
        jwtauth.issue(userid, ()).await.expect("tokens").refresh_token().expect("one").to_owned()
    }

    async fn refresh(&self, token: &str) -> u16 {
        let bearer = Header::new("Authorization", format!("Bearer {token}"));
        self.client.post("/refresh").header(bearer).dispatch().await.status().code
    }
}

#[test]
fn reuse_is_written_to_the_log_without_a_token() {
    let (token, lines) = logged(|| {
        block_on(async {
            let app = App::new().await;
            let token = app.issue("alice\nmallory").await;
            assert_eq!(app.refresh(&token).await, 200);
            app.clock.advance(std::time::Duration::from_secs(60));
            assert_eq!(app.refresh(&token).await, 403);
            token
        })
    });
    let warnings: Vec<_> = lines.iter().filter(|line| line.level == Level::Warn).collect();
    let ours: Vec<_> = warnings.iter().filter(|line| line.text.starts_with("jwtauth: ")).collect();
    assert_eq!(ours.len(), 1, "{warnings:?}");
    assert!(ours[0].text.contains(r#"of user "alice\nmallory" has ended"#), "{ours:?}");
    assert!(lines.iter().all(|line| !line.text.contains(&token)));
}

#[test]
fn a_failing_store_is_written_to_the_log_with_its_cause() {
    let ((), lines) = logged(|| {
        block_on(async {
            let app = App::new().await;
            let token = app.issue("alice").await;
            app.store.set_away(true);
            assert_eq!(app.refresh(&token).await, 503);
        });
    });
    let errors = lines.iter().filter(|line| line.level == Level::Error).map(|line| line.text.as_str());
    let ours: Vec<_> = errors.filter(|text| text.starts_with("jwtauth: ")).collect();
    assert_eq!(ours, ["jwtauth: the session store failed: connection refused"]);
}
