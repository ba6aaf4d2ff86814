//! Incorrect use is reported at launch, not at the first request.

use jwtauth::{Auth, AuthError, Carried, Identity, JwtAuth, LoginInfo, RefreshError, Refreshing, Tokens, Visitor};
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::log::private::Level;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{Ignite, Rocket, Route, Sentinel, get, post, routes};

use crate::launch::{Launch, Refusal, SECRET, block_on, in_jail, launch_this, rocket_toml};

#[get("/")]
fn identity(_identity: Identity) {}

#[get("/")]
fn maybe(_identity: Option<Identity>) {}

#[get("/")]
fn attempt(_identity: Result<Identity, AuthError>) {}

#[get("/")]
fn visitor(_visitor: Visitor) {}

#[get("/")]
fn auth(_auth: Auth<'_>) {}

#[get("/")]
fn carried(_carried: Carried<String>) {}

#[get("/")]
fn maybe_carried(_carried: Option<Carried<Option<u32>>>) {}

#[get("/")]
fn login_info(_login: LoginInfo) {}

#[get("/")]
fn state(_jwtauth: &JwtAuth) {}

#[post("/")]
fn refreshing(_refreshing: Refreshing<'_>) {}

#[post("/")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[get("/")]
fn error() -> AuthError {
    AuthError::MissingToken
}

#[post("/")]
fn refresh_error() -> RefreshError {
    RefreshError::Expired
}

/// A guard of the application, with what it needs besides an identity.
struct Admin;

struct Admins;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Admin {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Success(Admin)
    }
}

impl Sentinel for Admin {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        Identity::<()>::abort(rocket) || rocket.state::<Admins>().is_none()
    }
}

#[get("/admin")]
fn admin(_admin: Admin) {}

/// As [`Admin`], but it panics where its state is missing.
struct Owner;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Owner {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Success(Owner)
    }
}

impl Sentinel for Owner {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        rocket.state::<Admins>().expect("they are managed");
        Identity::<()>::abort(rocket)
    }
}

#[get("/owner")]
fn owner(_owner: Owner) {}

#[get("/open")]
fn open() {}

#[get("/me")]
fn me(_identity: Identity, _visitor: Visitor) {}

#[post("/login")]
fn login(_auth: Auth<'_>) -> Result<(), AuthError> {
    Ok(())
}

fn access_routes() -> Vec<Vec<Route>> {
    vec![
        routes![identity],
        routes![maybe],
        routes![attempt],
        routes![visitor],
        routes![auth],
        routes![state],
        routes![carried],
        routes![maybe_carried],
        routes![login_info],
    ]
}

fn refresh_routes() -> Vec<Vec<Route>> {
    vec![routes![refreshing], routes![refresh]]
}

fn launch_with(settings: &str, routes: Vec<Route>, attach: bool) -> Launch {
    let mut outcome = None;
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\n{settings}"));
        outcome = Some(launch_this(|| {
            let rocket = rocket::build().mount("/", routes);
            if attach { rocket.attach(JwtAuth::fairing()) } else { rocket }
        }));
    });
    outcome.expect("the jail was run")
}

#[track_caller]
fn assert_says(launch: &Launch, words: &[&str]) {
    let says = |words: &&str| launch.lines.iter().any(|line| line.text.contains(*words));
    assert!(words.iter().all(says), "{words:?} are not in {:#?}", launch.lines);
}

/// The only error that the launch logs before Rocket lists what stopped it.
#[track_caller]
fn only_report(launch: &Launch) -> &str {
    assert_eq!(launch.refusal(), Some(&Refusal::Sentinel));
    let errors: Vec<_> = launch.lines.iter().filter(|line| line.level == Level::Error).collect();
    let [report] = errors[..] else { panic!("{errors:#?}") };
    &report.text
}

const FORGOTTEN: &str = "jwtauth is not attached; add `.attach(JwtAuth::fairing())`";

#[test]
fn launch_stops_at_guard_without_the_fairing() {
    for routes in access_routes().into_iter().chain(refresh_routes()) {
        let name = routes[0].name.clone();
        let launch = launch_with("", routes, false);
        assert_eq!(launch.refusal(), Some(&Refusal::Sentinel), "{name:?}");
        assert_says(&launch, &[".attach(JwtAuth::fairing())"]);
    }
}

/// Launches these routes below `/api` and one above it, without the fairing.
fn launch_without_fairing(routes: Vec<Route>) -> Launch {
    let mut outcome = None;
    in_jail(|_| {
        outcome =
            Some(launch_this(|| rocket::build().manage(Admins).mount("/", routes![refresh]).mount("/api", routes)));
    });
    outcome.expect("the jail was run")
}

#[test]
fn forgotten_fairing_is_reported_once_with_its_routes() {
    // Each launch reports, also where several are on one thread.
    for _ in 0..3 {
        let launch = launch_without_fairing(routes![open, me, login, admin]);
        let routes = "(admin) GET /api/admin, (login) POST /api/login, (me) GET /api/me, (refresh) POST /";
        assert_eq!(only_report(&launch), format!("{FORGOTTEN}; needed by: {routes}"));
    }
}

#[test]
fn forgotten_fairing_report_leaves_the_rest_of_the_log() {
    let launch = launch_without_fairing(routes![open, me]);
    let count = |text: &str| launch.lines.iter().filter(|line| line.text.contains(text)).count();
    assert_eq!(count("/api/open"), 1, "{:#?}", launch.lines);
    assert_eq!(rocket::log::private::max_level(), rocket::log::private::LevelFilter::Trace);
}

/// The report asks each sentinel once more, without the state of the application.
#[test]
fn forgotten_fairing_is_reported_if_a_sentinel_panics_without_state() {
    let launch = launch_without_fairing(routes![me, owner]);
    assert_eq!(launch.refusal(), Some(&Refusal::Sentinel));
    assert_says(&launch, &[FORGOTTEN, "(me) GET /api/me, (refresh) POST /"]);
}

#[test]
fn forgotten_fairing_is_reported_for_responders_too() {
    assert_eq!(only_report(&launch_with("", routes![error], false)), format!("{FORGOTTEN}; needed by: (error) GET /"));
    let launch = launch_with("allow_refresh = true", routes![refresh_error], false);
    assert_eq!(only_report(&launch), format!("{FORGOTTEN}; needed by: (refresh_error) POST /"));
}

#[test]
fn missing_allow_refresh_is_reported_once_with_its_routes() {
    for _ in 0..2 {
        let mut routes = routes![refresh, me, refreshing];
        routes[2].rank = 2;
        let launch = launch_with("", routes, true);
        let report = only_report(&launch);
        assert!(report.starts_with("a refresh endpoint is mounted, but `allow_refresh` is not set"), "{report}");
        assert!(report.ends_with("; needed by: (refresh) POST /, (refreshing) POST / [2]"), "{report}");
    }
    let launch = launch_with("", routes![refresh_error], true);
    assert!(only_report(&launch).ends_with("; needed by: (refresh_error) POST /"));
}

#[test]
fn launch_accepts_guards_with_the_fairing() {
    for routes in access_routes() {
        launch_with("", routes, true).config();
    }
}

#[test]
fn launch_accepts_other_routes_without_the_fairing() {
    #[get("/")]
    fn index() {}

    assert_eq!(launch_with("", routes![index], false).refusal(), None);
}

#[test]
fn launch_stops_at_responder_without_the_fairing() {
    assert_eq!(launch_with("", routes![error], false).refusal(), Some(&Refusal::Sentinel));
}

#[test]
fn launch_stops_at_refresh_route_until_allow_refresh_is_set() {
    for routes in refresh_routes() {
        let launch = launch_with("", routes, true);
        assert_eq!(launch.refusal(), Some(&Refusal::Sentinel));
        assert_says(&launch, &["`allow_refresh` is not set", "allow_refresh = true", "`false`", "[default.jwtauth]"]);
    }
}

#[test]
fn launch_accepts_refresh_route_once_allow_refresh_is_set() {
    for settings in ["allow_refresh = true", "allow_refresh = false"] {
        for routes in refresh_routes() {
            assert!(launch_with(settings, routes, true).config().allow_refresh.is_some());
        }
    }
}

#[test]
fn refresh_route_answers_403_while_refreshing_is_off() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = false"));
        let rocket = rocket::build().mount("/", routes![refresh]).attach(JwtAuth::fairing());
        block_on(async {
            let client = Client::untracked(rocket).await.expect("a launch");
            let jwtauth: &JwtAuth = client.rocket().state().expect("the fairing is attached");
            let token = jwtauth.issue("alice", ()).await.expect("a key");
            let bearer = rocket::http::Header::new("Authorization", format!("Bearer {}", token.access_token()));
            let response = client.post("/").header(bearer).dispatch().await;
            assert_eq!(response.status(), Status::Forbidden);
            let body = response.into_string().await.expect("a body");
            assert_eq!(body, r#"{"validationError": "Could not refresh your token"}"#);
        });
    });
}

#[test]
fn fairing_may_be_attached_twice() {
    in_jail(|jail| {
        rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = \"{SECRET}\""));
        let launch = launch_this(|| {
            rocket::build().attach(JwtAuth::fairing()).mount("/", routes![identity]).attach(JwtAuth::fairing())
        });
        launch.config();
    });
}
