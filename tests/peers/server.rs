//! The server under test: an application with the same three routes as that of more.jwtauth.

use std::collections::BTreeMap;

use jwtauth::{Auth, Identity, JwtAuth, Tokens, refresh_endpoint, refresh_nonce_handler};
use jwtauth_tests::figment;
pub(crate) use jwtauth_tests::payload;
use rocket::http::{Header, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::serde::json::Json;
use rocket::{State, get, post, routes};
use serde_json::{Map, Value, json};

type Claims = Map<String, Value>;

/// The refresh nonces of the users.
pub(crate) type Nonces = BTreeMap<String, String>;

pub(crate) struct Server {
    client: Client,
    userid_claim: String,
}

/// The response to a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// New tokens for this user.
    Refreshed(Value),
    /// 403, "Your session has expired".
    Expired,
    /// 403, "Could not refresh your token".
    Refused,
    /// An exception that the token did not cause: 500. Our server never responds with it.
    Crashed,
}

/// The verdicts on a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdicts {
    /// The user id, if there is an identity.
    pub(crate) identity: Option<Value>,
    pub(crate) refresh: Refresh,
}

impl Verdicts {
    /// No identity and no refresh, for a reason other than time.
    pub(crate) const REFUSED: Verdicts = Verdicts { identity: None, refresh: Refresh::Refused };
}

impl Server {
    /// A server with these settings. With nonces, it has a handler that returns them.
    pub(crate) fn start(settings: Value, nonces: Option<Nonces>) -> Self {
        let fairing = match nonces {
            Some(_) => JwtAuth::fairing().refresh_nonce_handler(nonce_of),
            None => JwtAuth::fairing(),
        };
        let userid_claim = settings["userid_claim"].as_str().unwrap_or("sub").to_owned();
        let rocket = rocket::custom(figment(settings))
            .manage(nonces.unwrap_or_default())
            .attach(fairing)
            .mount("/", routes![login, me, claims, refresh]);
        Server { client: Client::untracked(rocket).expect("the settings are good"), userid_claim }
    }

    /// The `Authorization` header in the response to a login.
    pub(crate) fn login(&self, userid: &str, claims: &Value) -> String {
        let body = json!({ "userid": userid, "claims": claims });
        let response = self.client.post("/login").body(body.to_string()).dispatch();
        assert_eq!(response.status(), Status::Ok);
        authorization(&response)
    }

    /// The user id and the application's claims that [`Identity`] reads from a token.
    pub(crate) fn claims(&self, header: &str) -> Option<(String, Value)> {
        let response = self.client.get("/claims").header(Header::new("Authorization", header.to_owned())).dispatch();
        (response.status() == Status::Ok).then(|| {
            let body = response.into_string().expect("a body");
            serde_json::from_str(&body).expect("JSON")
        })
    }

    /// The `Authorization` header in the response to a refresh.
    pub(crate) fn refresh(&self, header: &str) -> Option<String> {
        let response = self.client.post("/refresh").header(Header::new("Authorization", header.to_owned())).dispatch();
        (response.status() == Status::Ok).then(|| authorization(&response))
    }

    pub(crate) fn verdicts(&self, header: Option<&str>) -> Verdicts {
        Verdicts { identity: self.identify(header), refresh: self.verify_refresh(header) }
    }

    fn identify(&self, header: Option<&str>) -> Option<Value> {
        let mut request = self.client.get("/me");
        if let Some(header) = header {
            request.add_header(Header::new("Authorization", header.to_owned()));
        }
        let response = request.dispatch();
        match response.status() {
            Status::Ok => response.into_string().map(Value::String),
            Status::Unauthorized => None,
            other => panic!("GET /me answers {other} to {header:?}"),
        }
    }

    fn verify_refresh(&self, header: Option<&str>) -> Refresh {
        let mut request = self.client.post("/refresh");
        if let Some(header) = header {
            request.add_header(Header::new("Authorization", header.to_owned()));
        }
        let response = request.dispatch();
        if response.status() == Status::Ok {
            return Refresh::Refreshed(payload(&authorization(&response))[&self.userid_claim].clone());
        }
        let status = response.status();
        let body = response.into_string().unwrap_or_default();
        match (status, body.as_str()) {
            (Status::Forbidden, r#"{"validationError": "Your session has expired"}"#) => Refresh::Expired,
            (Status::Forbidden, r#"{"validationError": "Could not refresh your token"}"#) => Refresh::Refused,
            _ => panic!("POST /refresh answers {status} {body} to {header:?}"),
        }
    }
}

fn authorization(response: &LocalResponse<'_>) -> String {
    response.headers().get_one("Authorization").expect("tokens are handed out in this header").to_owned()
}

#[derive(serde::Deserialize)]
struct Login {
    userid: String,
    claims: Claims,
}

#[post("/login", data = "<login>")]
async fn login(login: Json<Login>, auth: Auth<'_>) -> Result<Tokens, Status> {
    let Login { userid, claims } = login.into_inner();
    Ok(auth.remember(userid, claims).await?)
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/claims")]
fn claims(identity: Identity<Claims>) -> Json<(String, Claims)> {
    Json((identity.userid().to_owned(), identity.claims().clone()))
}

#[refresh_endpoint("/refresh")]
fn refresh(_userid: &str) -> Option<()> {
    Some(())
}

#[refresh_nonce_handler]
async fn nonce_of(userid: &str, nonces: &State<Nonces>) -> Option<String> {
    nonces.get(userid).cloned()
}
