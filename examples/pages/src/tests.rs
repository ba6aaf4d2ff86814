//! Tests of the site with a browser of Rocket's local client.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use jwtauth::{Clock, JwtAuth};
use rocket::http::{ContentType, Header, Status};
use rocket::local::blocking::{Client, LocalResponse};

/// The site with a database of its own, and a browser.
struct Site {
    browser: Client,
    clock: Clock,
    database: PathBuf,
}

impl Site {
    fn launch() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pages-{}-{}.sqlite", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let database = env::temp_dir().join(name);
        let figment = crate::figment()
            .merge(("databases.pages.url", &database))
            .merge(("jwtauth.sessions.url", "memory:"))
            .merge(("log_level", "off"));
        let clock = Clock::manual(1_750_000_000);
        // If two fairings are attached, the last one is used.
        let rocket = crate::pages(figment).attach(JwtAuth::fairing().clock(clock.clone()));
        Site { browser: Client::tracked(rocket).expect("it launches"), clock, database }
    }

    fn get(&self, uri: &str) -> LocalResponse<'_> {
        self.browser.get(uri.to_owned()).header(Header::new("Accept", "text/html")).dispatch()
    }

    fn page(&self, uri: &str) -> String {
        let response = self.get(uri);
        assert_eq!(response.status(), Status::Ok, "{uri}");
        response.into_string().expect("a page")
    }

    fn post(&self, uri: &str, form: &str) -> LocalResponse<'_> {
        let origin = Header::new("Sec-Fetch-Site", "same-origin");
        self.browser.post(uri.to_owned()).header(ContentType::Form).header(origin).body(form).dispatch()
    }

    fn login(&self, username: &str, password: &str) {
        let response = self.post("/login", &format!("username={username}&password={password}&next=/members"));
        assert_eq!(target(&response), "/members");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.database);
    }
}

/// Where a redirect leads to.
fn target(response: &LocalResponse<'_>) -> String {
    assert_eq!(response.status(), Status::SeeOther);
    response.headers().get_one("Location").expect("a redirect").to_owned()
}

#[test]
fn login_leads_back_to_the_page_and_lasts_until_logout() {
    let site = Site::launch();
    assert_eq!(target(&site.get("/settings")), "/login?next=/settings");
    assert!(site.page("/login?next=/settings").contains(r#"name="next" type="hidden" value="/settings""#));
    assert_eq!(target(&site.post("/login", "username=alice&password=wonderland&next=/settings")), "/settings");

    site.clock.advance(Duration::from_secs(60 * 60));
    assert!(site.page("/members").contains(r#"<strong id="userid">alice</strong>"#));
    assert_eq!(target(&site.post("/logout", "")), "/");
    assert_eq!(target(&site.get("/members")), "/login?next=/members");
}

#[test]
fn login_refuses_wrong_password_unknown_user_and_other_origin() {
    let site = Site::launch();
    for (username, password) in [("alice", "toor"), ("nobody", "wonderland"), ("alice", "x")] {
        let response = site.post("/login", &format!("username={username}&password={password}&next=/settings"));
        assert_eq!(response.status(), Status::Unauthorized);
        let page = response.into_string().expect("a page");
        assert!(page.contains("is wrong") && page.contains(r#"value="/settings""#), "{page}");
    }
    let login = site.browser.post("/login").header(ContentType::Form).body("username=alice&password=wonderland");
    let response = login.header(Header::new("Sec-Fetch-Site", "cross-site")).dispatch();
    assert_eq!(response.status(), Status::Forbidden);
    assert!(!response.headers().contains("Set-Cookie"));
}

#[test]
fn login_leads_to_no_other_site() {
    let site = Site::launch();
    for next in ["//other.example", "https://other.example", "/%5Cother.example", "/%2Fother.example", ""] {
        let form = format!("username=alice&password=wonderland&next={next}");
        assert_eq!(target(&site.post("/login", &form)), "/", "{next}");
    }
    assert_eq!(target(&site.post("/login", "username=alice&password=wonderland")), "/");
}

#[test]
fn signup_logs_new_user_in_and_refuses_taken_name_and_short_password() {
    let site = Site::launch();
    assert_eq!(target(&site.post("/signup", "username=dinah&password=catch-a-mouse")), "/");
    assert!(site.page("/members").contains("Hello, dinah"));
    for (form, problem) in [("alice&password=12345678", "is taken"), ("bill&password=1234567", "too short")] {
        let response = site.post("/signup", &format!("username={form}"));
        assert_eq!(response.status(), Status::Conflict);
        assert!(response.into_string().expect("a page").contains(problem));
    }
}

#[test]
fn settings_change_nickname_which_pages_escape() {
    let site = Site::launch();
    site.login("alice", "wonderland");
    assert_eq!(target(&site.post("/settings", "nickname=%3Cb%3E%22Queen%22")), "/settings");
    for uri in ["/members", "/settings"] {
        let page = site.page(uri);
        assert!(page.contains("&#60;b&#62;&#34;Queen&#34;") && !page.contains("<b>"), "{page}");
    }
    for nickname in [String::new(), "a".repeat(65)] {
        let response = site.post("/settings", &format!("nickname={nickname}"));
        assert_eq!(response.status(), Status::UnprocessableEntity);
    }
}

#[test]
fn password_change_needs_a_recent_login_and_ends_other_logins() {
    let site = Site::launch();
    site.login("alice", "wonderland");
    let jwtauth: &JwtAuth = site.browser.rocket().state().expect("the fairing is attached");
    drop(rocket::execute(async { jwtauth.issue("alice", ()).await }).expect("a login elsewhere"));
    let logins = || site.page("/sessions").matches("Log out</button></form></td>").count();
    assert_eq!(logins(), 2);
    site.clock.advance(Duration::from_secs(601));
    assert_eq!(target(&site.get("/settings")), "/confirm?next=/settings");
    assert_eq!(site.post("/settings", "nickname=Alice&password=looking-glass").status(), Status::Unauthorized);
    assert!(site.page("/confirm?next=/settings").contains(r#"name="next" type="hidden" value="/settings""#));

    let confirm = |form: &str| site.post("/confirm", &format!("username={form}&next=/settings"));
    let response = confirm("alice&password=toor");
    assert_eq!(response.status(), Status::Unauthorized);
    assert!(response.into_string().expect("a page").contains("is wrong"));
    // Another user does not take over the login.
    assert_eq!(confirm("root&password=toor").status(), Status::Forbidden);
    assert_eq!(target(&site.get("/settings")), "/confirm?next=/settings");
    assert_eq!(target(&confirm("alice&password=wonderland")), "/settings");

    assert!(site.page("/settings").contains("New password"));
    assert_eq!(site.post("/settings", "nickname=Alice&password=short").status(), Status::UnprocessableEntity);
    assert_eq!(target(&site.post("/settings", "nickname=Alice&password=looking-glass")), "/settings");
    assert!(site.page("/members").contains("Alice"));
    assert_eq!(logins(), 1);
    site.login("alice", "looking-glass");
}

#[test]
fn confirm_needs_a_login() {
    let site = Site::launch();
    assert_eq!(target(&site.get("/confirm?next=/settings")), "/login?next=/confirm%3Fnext%3D/settings");
    assert_eq!(site.post("/confirm", "username=alice&password=wonderland").status(), Status::Unauthorized);
    assert_eq!(target(&site.get("/members")), "/login?next=/members");
}

#[test]
fn admin_is_for_administrators() {
    let site = Site::launch();
    assert_eq!(target(&site.get("/admin")), "/login?next=/admin");
    site.login("root", "toor");
    assert!(site.page("/admin").contains("<td>alice</td>"));
    assert!(site.page("/members").contains("/admin"));
    site.login("alice", "wonderland");
    assert!(!site.page("/members").contains("/admin"));
    let response = site.get("/admin");
    assert_eq!(response.status(), Status::Forbidden);
    assert!(response.into_string().expect("a page").contains("<h1>403</h1>"));
}

#[test]
fn sessions_page_ends_one_login() {
    let site = Site::launch();
    site.login("alice", "wonderland");
    let page = site.page("/sessions");
    let id = page.split("/sessions/").nth(1).and_then(|rest| rest.split("/end").next()).expect("an id");
    assert!(page.contains("this browser"), "{page}");

    site.login("root", "toor");
    assert_eq!(site.post(&format!("/sessions/{id}/end"), "").status(), Status::NotFound);
    let page = site.page("/sessions");
    let id = page.split("/sessions/").nth(1).and_then(|rest| rest.split("/end").next()).expect("an id");
    assert_eq!(target(&site.post(&format!("/sessions/{id}/end"), "")), "/sessions");
    assert_eq!(target(&site.get("/sessions")), "/login?next=/sessions");
}
