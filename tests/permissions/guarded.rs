//! Guarded mounts.

use jwtauth::{Identity, JwtAuth, Public, guarded};
use jwtauth_tests::folder::Folder;
use rocket::fs::FileServer;
use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{get, options, post, routes};
use serde_json::json;

use crate::launch::{Refusal, launch_this};
use crate::permissions_app::{App, Profile, block_on, permission};

type Reader = Identity<Profile, permission::ReadOrders>;

const CONTENT: &str = "the content of a file";

/// Paths to the file `secret.txt` or to its folder, as attackers write them.
const TRICKS: &[&str] = &[
    "/files/secret.txt",
    "/files/secret.txt/",
    "/files/secret.txt.",
    "/files/secret.txt..",
    "/files/secret.txt%20",
    "/files/secret.txt%00",
    "/files/secret.txt%00.png",
    "/files/secret.txt;a=b",
    "/files/secret.txt%3Ba",
    "/files/secret.txt?a",
    "/files/secret.txt%3Fa",
    "/files/secret.txt%23",
    "/files/Secret.txt",
    "/files/SECRET.TXT",
    "/files/secret%2etxt",
    "/files/%73ecret.txt",
    "/files/%2573ecret.txt",
    "/files/./secret.txt",
    "/files/.%2fsecret.txt",
    "/files/%2e/secret.txt",
    "/files/%2e%2e/files/secret.txt",
    "/files/../files/secret.txt",
    "/files/sub/../secret.txt",
    "/files/sub/%2e%2e/secret.txt",
    "/files/sub/..%2fsecret.txt",
    "/files/sub/..%5csecret.txt",
    "/files/sub/..;/secret.txt",
    "/files/sub/.%2e/secret.txt",
    "/files/..%c0%afsecret.txt",
    "/files//secret.txt",
    "//files/secret.txt",
    "/files///secret.txt",
    "/files/%2fsecret.txt",
    "/files/\\secret.txt",
    "/./files/secret.txt",
    "/%2e/files/secret.txt",
    "/public/../files/secret.txt",
    "/public/..%2ffiles/secret.txt",
    "/public/..;/files/secret.txt",
    "/;/files/secret.txt",
    "/files;/secret.txt",
    "/files;a=b/secret.txt",
    "/files%2fsecret.txt",
    "/files%00/secret.txt",
    "/Files/secret.txt",
    "/FILES/secret.txt",
    "/%66iles/secret.txt",
    "/f%69les/secret.txt",
    "/files.",
    "/files./secret.txt",
    "/files",
    "/files/",
    "/files//",
    "/files/sub",
    "/files/sub/",
    "/files/sub/index.html",
    "/files/.hidden",
    "http://localhost/files/secret.txt",
    "*",
];

#[test]
fn guarded_file_server_never_shows_a_file_to_others() {
    let folder = Folder::new();
    for file in ["secret.txt", "sub/index.html", "index.html", ".hidden"] {
        let path = folder.path(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, CONTENT).expect("a file");
    }
    block_on(async {
        let files = FileServer::from(&folder);
        let app = App::custom(json!({}), |rocket| rocket.mount("/files", guarded::<Reader>(files))).await;
        let without_permission = app.token(json!({ "permissions": ["users:read"] }));
        for path in TRICKS {
            for method in [Method::Get, Method::Head, Method::Options, Method::Post] {
                // Paths that are not URIs do not reach an application.
                if rocket::http::uri::Origin::parse(path).is_err() {
                    continue;
                }
                let answer = app.send(method, path, "", &[("Accept", "*/*")]).await;
                assert!(matches!(answer.status, 401 | 404), "{method} {path}: {answer:?}");
                assert!(!answer.body.contains(CONTENT), "{method} {path}: {answer:?}");
                let answer = app.send(method, path, &without_permission, &[]).await;
                assert!(matches!(answer.status, 403 | 404), "{method} {path}: {answer:?}");
                assert!(!answer.body.contains(CONTENT), "{method} {path}: {answer:?}");
            }
        }
        let reader = app.token(json!({ "permissions": ["orders:read"] }));
        for path in ["/files/secret.txt", "/files/sub", "/files/"] {
            let answer = app.get(path, &reader).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, CONTENT), "{path}");
        }
    });
}

#[get("/<_>", rank = 20)]
fn lower_rank() -> &'static str {
    "lower rank"
}

#[get("/inside")]
fn inside() -> &'static str {
    "inside"
}

#[get("/number/<number>")]
fn number(number: u8) -> String {
    number.to_string()
}

#[get("/number/<_>", rank = 2)]
fn not_a_number() -> &'static str {
    "not a number"
}

#[post("/inside", format = "json", data = "<body>")]
fn body(body: &str) -> String {
    body.to_owned()
}

#[options("/inside")]
fn preflight() -> &'static str {
    "preflight"
}

/// A guard of the application that forwards.
struct Forwards;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Forwards {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let status = if request.headers().contains("X-Ok") { Status::Ok } else { Status::NotAcceptable };
        Outcome::Forward(status)
    }
}

#[test]
fn forward_of_the_guard_is_an_error() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| {
            rocket.mount("/m", guarded::<Forwards>(routes![inside])).mount("/m", routes![lower_rank])
        });
        let app = app.await;
        assert_eq!(app.get("/m/inside", "").await.status, 406);
        assert_eq!(app.send(Method::Get, "/m/inside", "", &[("X-Ok", "1")]).await.status, 500);
        assert_eq!(app.get("/m/other", "").await.body, "lower rank");
    });
}

#[test]
fn guard_refuses_before_a_route_of_lower_rank_answers() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| {
            rocket.mount("/m", guarded::<Reader>(routes![inside])).mount("/m", routes![lower_rank])
        });
        let app = app.await;
        let answer = app.get("/m/inside", "").await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    });
}

#[test]
fn guarded_routes_work_as_before() {
    block_on(async {
        let routes = || routes![inside, number, not_a_number, body, preflight];
        let app = App::custom(json!({}), |rocket| {
            // Twice at one base, and below another one.
            let mounted = rocket.mount("/m", guarded::<Reader>(routes())).mount("/n", guarded::<Reader>(routes()));
            mounted.mount("/m", guarded::<Public>(routes![lower_rank]))
        });
        let app = app.await;
        let token = app.token(json!({ "permissions": ["orders:read"] }));
        for base in ["/m", "/n"] {
            assert_eq!(app.get(&format!("{base}/inside"), &token).await.body, "inside");
            assert_eq!(app.get(&format!("{base}/number/7"), &token).await.body, "7");
            // The inner route forwards to the next one, which is guarded too.
            assert_eq!(app.get(&format!("{base}/number/x"), &token).await.body, "not a number");
            assert_eq!(app.get(&format!("{base}/number/x"), "").await.status, 401);
            let json = [("Content-Type", "application/json")];
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), &token, &json).await.status, 200);
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), "", &json).await.status, 401);
            assert_eq!(app.send(Method::Post, &format!("{base}/inside"), &token, &[]).await.status, 404);
        }
        assert_eq!(app.get("/m/other", "").await.body, "lower rank");
    });
}

#[test]
fn preflight_passes_to_the_inner_route() {
    block_on(async {
        let app =
            App::custom(json!({}), |rocket| rocket.mount("/m", guarded::<Reader>(routes![inside, preflight]))).await;
        let origin = ("Origin", "https://app.example");
        let method = ("Access-Control-Request-Method", "GET");
        let answer = app.send(Method::Options, "/m/inside", "", &[origin, method]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "preflight"));
        for headers in [&[][..], &[origin], &[method]] {
            assert_eq!(app.send(Method::Options, "/m/inside", "", headers).await.status, 401, "{headers:?}");
        }
        for other in [Method::Get, Method::Head] {
            assert_eq!(app.send(other, "/m/inside", "", &[origin, method]).await.status, 401, "{other}");
        }
        // There is no inner route.
        assert_eq!(app.send(Method::Options, "/m/number/7", "", &[origin, method]).await.status, 404);
    });
}

#[test]
fn guarded_mount_without_the_fairing_stops_the_launch() {
    let rocket = || jwtauth_tests::rocket(json!({})).mount("/m", guarded::<Reader>(routes![inside]));
    assert_eq!(launch_this(rocket).refusal(), Some(&Refusal::Sentinel));
    let attached = || rocket().attach(JwtAuth::fairing());
    assert_eq!(launch_this(attached).refusal(), None);
}
