//! The time that the application takes to load a user does not count against the client.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jwtauth::{Clock, EndReason, RefreshError, Refreshing, Tokens};
use jwtauth_tests::payload;
use rocket::http::Method;
use rocket::{State, async_test, routes};
use serde_json::json;

use crate::rotation::generation;
use crate::session_app::{App, REFUSED};
use crate::store::Event;

/// The clock of the application, which is set after the launch.
#[derive(Clone, Default)]
struct Hand(Arc<OnceLock<Clock>>);

/// A refresh route whose loader takes this number of seconds.
#[rocket::post("/slow/<seconds>")]
async fn slow(
    refreshing: Result<Refreshing<'_>, RefreshError>,
    seconds: u64,
    hand: &State<Hand>,
) -> Result<Tokens, RefreshError> {
    let refreshing = refreshing?;
    if let Some(clock) = hand.0.get() {
        clock.advance(Duration::from_secs(seconds));
    }
    refreshing.renew(()).await
}

async fn app(grace: u64) -> App {
    let hand = Hand::default();
    let managed = hand.clone();
    let app = App::custom(json!({ "sessions": { "reuse_grace": grace } }), |rocket, fairing| {
        rocket.manage(managed).mount("/", routes![slow]).attach(fairing)
    })
    .await;
    assert!(hand.0.set(app.clock.clone()).is_ok());
    app
}

#[async_test]
async fn reuse_grace_ignores_time_spent_loading_the_user() {
    let app = app(30).await;
    let first = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    app.wait(25);
    let bearer = format!("Bearer {}", first.refresh);
    let again = app.send(Method::Post, "/slow/20", &[("Authorization", &bearer)]).await;
    assert_eq!(again.pair().refresh, second.refresh);
    app.refresh(&second.refresh).await.pair();
}

#[async_test]
async fn reuse_grace_extension_for_slow_loader_is_limited() {
    let app = app(30).await;
    let first = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    app.prove(&second).await;
    app.wait(25);
    app.events.heard();
    let bearer = format!("Bearer {}", first.refresh);
    let late = app.send(Method::Post, "/slow/600", &[("Authorization", &bearer)]).await;
    late.assert_not_refreshed(REFUSED);
    assert_eq!(app.events.kinds(), [Event::ReuseFound, Event::Ended(EndReason::Reuse)]);
}

#[async_test]
async fn reuse_grace_of_zero_is_not_extended_by_slow_loader() {
    let app = app(0).await;
    let first = app.login("alice").await;
    app.refresh(&first.refresh).await.pair();
    let bearer = format!("Bearer {}", first.refresh);
    app.send(Method::Post, "/slow/1", &[("Authorization", &bearer)]).await.assert_not_refreshed(REFUSED);
}

/// The limit is `reuse_grace`, plus one minute for a token that was presented before the first use.
#[async_test]
async fn reuse_grace_is_extended_by_at_most_a_minute() {
    for (seconds, is_repeated) in [(64, true), (65, true), (66, false)] {
        let app = app(30).await;
        let first = app.login("alice").await;
        let second = app.refresh(&first.refresh).await.pair();
        app.wait(25);
        app.events.heard();
        let bearer = format!("Bearer {}", first.refresh);
        let late = app.send(Method::Post, &format!("/slow/{seconds}"), &[("Authorization", &bearer)]).await;
        if is_repeated {
            assert_eq!(late.pair().refresh, second.refresh, "{seconds}");
            assert_eq!(app.events.kinds(), [Event::Repeated], "{seconds}");
        } else {
            // The access token was signed for the successor that was foreseen, and is signed again.
            let late = late.pair();
            assert_eq!((generation(&late.refresh), &payload(&late.access)["gen"]), (2, &json!(2)), "{seconds}");
            assert_eq!(app.events.kinds(), [Event::Refreshed], "{seconds}");
        }
    }
}
