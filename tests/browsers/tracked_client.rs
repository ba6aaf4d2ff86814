//! The tests of an application with Rocket's own client, which keeps cookies.

use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::routes;
use serde_json::json;

use crate::browser::{ACCESS, REFRESH, SAME_ORIGIN};
use crate::browser_app::{Parts, in_both_modes, refresh};

#[test]
fn tracked_client_logs_in_is_renewed_and_logs_out() {
    in_both_modes(async |mode| {
        let parts = Parts::default();
        let rocket = parts.rocket(mode, json!({ "cookies": {} }), |fairing| fairing).mount("/", routes![refresh]);
        let client = Client::tracked(rocket).await.expect("a launch");
        let get = async |path: &'static str| {
            let response = client.get(path).dispatch().await;
            (response.status(), response.into_string().await.unwrap_or_default())
        };
        assert_eq!(get("/me").await.0, Status::Unauthorized);
        // Without a cookie, a program may log in.
        assert_eq!(client.post("/login/alice").dispatch().await.status(), Status::Ok);
        assert_eq!(get("/me").await, (Status::Ok, "alice 0".to_owned()));
        let names = || {
            let mut names = Vec::from_iter(client.cookies().iter().map(|cookie| cookie.name().to_owned()));
            names.sort();
            names
        };
        assert_eq!(names(), [ACCESS, REFRESH]);
        parts.clock.advance(std::time::Duration::from_secs(30 * 60));
        assert_eq!(get("/me").await, (Status::Ok, "alice 1".to_owned()));
        assert_eq!(get("/me").await, (Status::Ok, "alice 1".to_owned()));
        // With a cookie, the check of the origin applies.
        assert_eq!(client.post("/logout").dispatch().await.status(), Status::Forbidden);
        let own = || Header::new(SAME_ORIGIN.0, SAME_ORIGIN.1);
        assert_eq!(client.post("/me").header(own()).dispatch().await.status(), Status::Ok);
        assert_eq!(client.post("/logout").header(own()).dispatch().await.status(), Status::NoContent);
        assert_eq!(names(), [""; 0]);
        assert_eq!(get("/me").await.0, Status::Unauthorized);
    });
}
