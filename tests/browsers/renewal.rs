//! A login whose access cookie has expired is renewed during the next request.

use crate::browser::{ACCESS, Browser, REFRESH, set_cookies};
use crate::browser_app::{App, MODES, block_on};

const HALF_AN_HOUR: u64 = 30 * 60;

#[test]
fn cookies_renew_themselves_when_the_access_token_expires() {
    for mode in MODES {
        block_on(async {
            let (app, browser) = (App::new(mode).await, Browser::default());
            let login = browser.post(&app, "/login/alice").await;
            assert_eq!(login.status, 200, "{login:?}");
            assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
            let first = browser.cookie(ACCESS);
            app.wait(HALF_AN_HOUR);
            let answer = browser.get(&app, "/me").await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "alice 1"), "{mode:?} {answer:?}");
            assert_eq!(set_cookies(&answer).len(), 2);
            assert_ne!(browser.cookie(ACCESS), first);
            assert!(browser.cookie(REFRESH).is_some());
            let answer = browser.get(&app, "/me").await;
            assert_eq!((answer.body.as_str(), set_cookies(&answer).len()), ("alice 1", 0));
            assert_eq!(app.users.loads("alice"), 1);
        });
    }
}
