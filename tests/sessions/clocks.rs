//! Wrong clocks cause no panic and no session without an end.

use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::json;

use crate::session_app::{App, EXPIRED, REFUSED, WEEK, sid};

#[async_test]
async fn session_survives_clock_set_back_a_little() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.wait(1000);
    let second = app.refresh(&first.refresh).await.pair();
    app.clock.set(NOW + 980);
    assert_eq!(app.refresh(&first.refresh).await.pair().refresh, second.refresh, "within the grace, on its other side");
    let third = app.refresh(&second.refresh).await.pair();
    assert_eq!(third.refresh_expires_in, WEEK);
    let row = app.store.row(sid(&first.access)).await.expect("a row");
    assert_eq!((row.generation, row.refreshed, row.ends_at), (2, NOW + 980, NOW + 980 + WEEK));
}

#[async_test]
async fn reuse_grace_is_not_extended_by_clock_set_back_far() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.wait(1000);
    let second = app.refresh(&first.refresh).await.pair();
    app.prove(&second).await;
    app.clock.set(NOW);
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.store.row(sid(&first.access)).await, None);
}

#[async_test]
async fn session_from_the_far_future_is_expired() {
    let app = App::new(json!({})).await;
    let decade = 10 * 365 * 24 * 60 * 60;
    app.clock.set(NOW + decade);
    let pair = app.login("alice").await;
    app.clock.set(NOW);
    app.refresh(&pair.refresh).await.assert_not_refreshed(EXPIRED);
    assert_eq!(app.me(&pair.access).await, 401);
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a store"), []);
    // A login at most `refresh_delta` in the future stays valid. Its end is counted from the current time.
    app.clock.set(NOW + WEEK);
    let pair = app.login("alice").await;
    app.clock.set(NOW);
    assert_eq!(app.refresh(&pair.refresh).await.pair().refresh_expires_in, WEEK);
    app.wait(WEEK);
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a store"), []);
}

#[async_test]
async fn login_from_the_future_lasts_at_most_max_lifetime() {
    const DAY: u64 = 24 * 60 * 60;
    let app = App::with(json!({ "max_lifetime": "1d", "leeway": "1h", "sessions": { "staleness": 0 } })).await;
    app.clock.set(NOW + 3 * DAY);
    let far = app.login("alice").await;
    app.clock.set(NOW + 100);
    let near = app.login("alice").await;
    app.clock.set(NOW);
    app.refresh(&far.refresh).await.assert_not_refreshed(EXPIRED);
    assert_eq!(app.me(&near.access).await, 200);
    let sessions = app.jwtauth().sessions("alice").await.expect("a store");
    assert_eq!(sessions.iter().map(|session| session.ends_at()).collect::<Vec<_>>(), [NOW + DAY]);
    let next = app.refresh(&near.refresh).await.pair();
    assert_eq!(next.refresh_expires_in, DAY);
    app.wait(DAY);
    app.refresh(&next.refresh).await.assert_not_refreshed(EXPIRED);
}

#[async_test]
async fn session_is_looked_up_again_after_clock_set_back() {
    let app = App::new(json!({ "staleness": "1h" })).await;
    app.wait(100);
    let pair = app.login("alice").await;
    app.store.asked();
    app.clock.set(NOW + 39);
    // The token itself is now more than a minute in the future.
    assert_eq!(app.me(&pair.access).await, 401);
    let app = App::new(json!({ "staleness": "1h" })).await;
    app.wait(100);
    let pair = app.login("alice").await;
    app.store.asked();
    app.clock.set(NOW + 99);
    assert_eq!(app.me(&pair.access).await, 200);
    assert_eq!(app.store.asked(), 1);
}

#[async_test]
async fn sessions_do_not_panic_at_extreme_times() {
    for now in [0, 1, u64::from(u32::MAX), u64::MAX / 2, u64::MAX - 1, u64::MAX] {
        for sessions in [json!({}), json!({ "staleness": 0 }), json!({ "reuse_grace": "1000y" })] {
            let app = App::with(json!({ "max_lifetime": "1000y", "sessions": sessions })).await;
            app.clock.set(now);
            let first = app.login("alice").await;
            for later in [now, now.saturating_add(10), 0, u64::MAX] {
                app.clock.set(later);
                let second = app.refresh(&first.refresh).await;
                assert!([200, 403].contains(&second.status), "{now} and {later}: {second:?}");
                assert!([200, 401].contains(&app.me(&first.access).await));
                app.get("/sessions", &first.access).await;
            }
        }
    }
}

#[async_test]
async fn session_obeys_settings_that_became_stricter() {
    let before = App::with(json!({ "refresh_delta": "30d", "sessions": {} })).await;
    let pair = before.login("alice").await;
    let after = before.node(json!({})).await;
    before.wait(WEEK - 1);
    assert_eq!(after.jwtauth().sessions("alice").await.expect("a store").len(), 1);
    before.wait(1);
    after.refresh(&pair.refresh).await.assert_not_refreshed(EXPIRED);
    assert_eq!(after.jwtauth().sessions("alice").await.expect("a store"), []);
    after.users.set("alice", Some(0));
    before.refresh(&pair.refresh).await.pair();
}
