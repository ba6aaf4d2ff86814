//! A guard of the application that uses our guard.

use jwtauth::{AuthError, Claims, Identity};
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{catch, catchers, get, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire_app::{App, token};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    role: String,
}

struct Admin(Identity<Profile>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Admin {
    type Error = Option<AuthError>;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        match request.guard::<Identity<Profile>>().await {
            Outcome::Success(identity) if identity.role == "admin" => Outcome::Success(Admin(identity)),
            Outcome::Success(_) => Outcome::Error((Status::Forbidden, None)),
            Outcome::Error((status, error)) => Outcome::Error((status, Some(error))),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}

#[get("/admin")]
fn admin(admin: Admin) -> String {
    admin.0.userid().to_owned()
}

#[catch(403)]
fn forbidden(request: &Request<'_>) -> String {
    format!("{:?}", AuthError::of(request))
}

#[test]
fn role_guard_answers_200_403_and_a_challenge() {
    let app = App::with(json!({}), |rocket, fairing| {
        rocket.attach(fairing).mount("/", routes![admin]).register("/", catchers![forbidden])
    });
    let answer = app.get_with("/admin", &token(json!({ "role": "admin" })));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));

    let answer = app.get_with("/admin", &token(json!({ "role": "reader" })));
    assert_eq!((answer.status, answer.body.as_str()), (403, "None"));
    assert_eq!(answer.header("WWW-Authenticate"), None);

    let answer = app.get("/admin");
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));

    let answer = app.get_with("/admin", "nonsense");
    assert_eq!(answer.status, 401);
    assert!(answer.header("WWW-Authenticate").is_some_and(|challenge| challenge.contains("invalid_token")));
}
