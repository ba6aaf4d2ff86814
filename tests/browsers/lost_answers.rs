//! A renewal whose response is lost logs nobody out, however late the browser comes back.

use rocket::http::Method;

use crate::browser::Browser;
use crate::browser_app::{App, Mode, block_on, in_both_modes};

const HALF_AN_HOUR: u64 = 30 * 60;

#[test]
fn lost_renewal_logs_nobody_out() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        for _ in 0..3 {
            app.wait(2 * HALF_AN_HOUR);
            let lost = browser.send_and_lose(&app, Method::Get, "/me", &[], "").await;
            assert_eq!(lost.status, 200, "{lost:?}");
        }
        app.wait(2 * HALF_AN_HOUR);
        assert_eq!(browser.get(&app, "/me").await.status, 200);
        assert_eq!(browser.get(&app, "/me").await.status, 200);
    });
}

#[test]
fn step_whose_answer_the_store_loses_logs_nobody_out() {
    block_on(async {
        let (app, browser) = (App::new(Mode::Sessions).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        app.wait(HALF_AN_HOUR);
        app.store.set_loses_answers(true);
        browser.get(&app, "/me").await.assert_unavailable();
        app.store.set_loses_answers(false);
        app.wait(HALF_AN_HOUR);
        assert_eq!(browser.get(&app, "/me").await.status, 200);
    });
}
