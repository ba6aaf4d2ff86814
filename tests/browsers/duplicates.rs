//! Two cookies of one name: one of them was set by another host, or for another path.

use rocket::http::{Header, Method};

use crate::browser::{ACCESS, Browser, REFRESH, SAME_ORIGIN};
use crate::browser_app::{App, in_both_modes};
use jwtauth_tests::answer::Answer;

async fn send(app: &App, method: Method, path: &'static str, cookies: &[String]) -> Answer {
    let mut request = app.client.req(method, path);
    request.add_header(Header::new(SAME_ORIGIN.0, SAME_ORIGIN.1));
    for cookie in cookies {
        request.add_header(Header::new("Cookie", cookie.clone()));
    }
    Answer::of(request.dispatch().await).await
}

#[test]
fn cookie_that_occurs_twice_is_refused_with_400_and_nothing_is_cleared() {
    in_both_modes(async |mode| {
        let (app, browser, other) = (App::new(mode).await, Browser::default(), Browser::default());
        browser.post(&app, "/login/alice").await;
        other.post(&app, "/login/bob").await;
        app.events.heard();
        for name in [ACCESS, REFRESH] {
            let [mine, tossed] = [&browser, &other].map(|it| format!("{name}={}", it.cookie(name).expect("a cookie")));
            let mut all = vec![
                vec![format!("{mine}; {tossed}")],
                vec![format!("{tossed}; {mine}")],
                vec![format!("{mine}; {mine}")],
                vec![format!("{mine};{name}=")],
                vec![format!("{name}=; a=b; {mine}")],
                vec![mine.clone(), tossed.clone()],
                vec![tossed.clone(), "a=b".to_owned(), mine.clone()],
            ];
            all.push(vec![format!("{name}=x; {name}=y")]);
            for cookies in all {
                let paths = match name {
                    ACCESS => &[(Method::Get, "/me"), (Method::Get, "/visitor"), (Method::Post, "/logout")][..],
                    _ => &[(Method::Get, "/me"), (Method::Get, "/visitor"), (Method::Post, "/logout")],
                };
                for (method, path) in paths {
                    let answer = send(&app, *method, path, &cookies).await;
                    assert_eq!(answer.status, 400, "{path} {name} {answer:?}");
                    assert_eq!(answer.json()["error"], "invalid_request");
                    assert_eq!(answer.headers("Set-Cookie"), [""; 0]);
                    assert_eq!(answer.header("Vary"), Some("Cookie"));
                }
                let answer = send(&app, Method::Get, "/maybe", &cookies).await;
                assert_eq!((answer.body.as_str(), answer.headers("Set-Cookie").len()), ("unknown", 0));
            }
            let twice = vec![format!("{mine}; {tossed}")];
            if name == REFRESH {
                send(&app, Method::Post, "/refresh", &twice).await.assert_not_refreshed("Could not refresh your token");
            }
        }
        assert_eq!(app.events.heard(), [], "no session has ended");
        assert_eq!(browser.get(&app, "/me").await.body, "alice 0");
        assert_eq!(other.get(&app, "/me").await.body, "bob 0");
    });
}

#[test]
fn tossed_cookie_does_not_prevent_a_login() {
    in_both_modes(async |mode| {
        let app = App::new(mode).await;
        let answer = send(&app, Method::Post, "/login/alice", &[format!("{ACCESS}=a; {ACCESS}=b")]).await;
        assert_eq!((answer.status, answer.headers("Set-Cookie").len()), (200, 2));
    });
}

#[test]
fn cookies_may_come_in_several_headers() {
    in_both_modes(async |mode| {
        let (app, browser) = (App::new(mode).await, Browser::default());
        browser.post(&app, "/login/alice").await;
        let [access, refresh] =
            [ACCESS, REFRESH].map(|name| format!("{name}={}", browser.cookie(name).expect("a cookie")));
        for cookies in [
            vec!["a=b".to_owned(), access.clone(), refresh.clone()],
            vec![refresh.clone(), format!("{ACCESS}2=x; {access}"), String::new()],
        ] {
            assert_eq!(send(&app, Method::Get, "/me", &cookies).await.body, "alice 0");
        }
    });
}

#[test]
fn cookie_with_a_name_that_decodes_to_ours_is_not_ours() {
    in_both_modes(async |mode| {
        let (app, browser, attacker) = (App::new(mode).await, Browser::default(), Browser::default());
        browser.post(&app, "/login/alice").await;
        attacker.post(&app, "/login/bob").await;
        let mine = format!("{ACCESS}={}", browser.cookie(ACCESS).expect("a cookie"));
        let stolen = attacker.cookie(ACCESS).expect("a cookie");
        for name in [
            "__%48ost-jwtauth",
            "%5F%5FHost-jwtauth",
            "__host-jwtauth",
            "__Host-jwtauth ",
            "\u{a0}__Host-jwtauth",
            "\t__Host-jwtauth",
            "jwtauth",
            "__Secure-jwtauth",
            "$Path=/; __Host-jwtauth\t",
        ] {
            let tossed = format!("{name}={stolen}");
            for cookies in [format!("{mine}; {tossed}"), format!("{tossed}; {mine}")] {
                assert_eq!(send(&app, Method::Get, "/me", &[cookies]).await.body, "alice 0", "{name:?}");
            }
            let alone = send(&app, Method::Get, "/me", &[tossed]).await;
            assert_eq!(alone.status, 401, "{name:?}");
            assert_eq!(alone.header("WWW-Authenticate"), Some("Bearer"), "{name:?} is no token");
        }
    });
}
