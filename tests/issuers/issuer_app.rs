//! An application with a trusted issuer and a manual clock.

use jwtauth::{
    Auth, AuthError, Claims, Clock, Identity, JwtAuth, LoggedOut, RefreshError, Session, Tokens, Visitor,
    refresh_endpoint,
};
use jwtauth_tests::{NOW, figment};
use rocket::fairing::AdHoc;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::provider::Provider;
use crate::signer::Signer;

pub(crate) const AUDIENCE: &str = "orders-api";

const NOT_REFRESHED: &str = "X-Not-Refreshed";

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
}

#[derive(Debug, Serialize, Deserialize, Claims)]
pub(crate) struct Scope {
    scope: String,
}

#[get("/me")]
fn me(identity: Identity) -> String {
    format!("{} of {}", identity.userid(), identity.issuer().unwrap_or("nobody"))
}

#[get("/scope")]
fn scope(identity: Identity<Scope>, again: Identity) -> String {
    format!("{} {} {}", identity.scope, again.userid(), again.issuer().unwrap_or("nobody"))
}

/// The types in the other order: the second type is read from the payload again.
#[get("/scope-again")]
fn scope_again(again: Identity, identity: Identity<Scope>) -> String {
    format!("{} {} {}", identity.scope, again.userid(), identity.issuer().unwrap_or("nobody"))
}

#[get("/maybe")]
fn maybe(identity: Option<Identity>) -> &'static str {
    if identity.is_some() { "known" } else { "unknown" }
}

#[get("/visit")]
fn visit(visitor: Visitor) -> &'static str {
    match visitor {
        Visitor::Known(_) => "known",
        Visitor::Anonymous => "anonymous",
    }
}

#[post("/login/<user>")]
async fn login(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Scope { scope: "own".into() }).await
}

#[refresh_endpoint("/refresh")]
async fn refresh(_userid: &str) -> Option<Scope> {
    Some(Scope { scope: "refreshed".into() })
}

#[get("/session")]
fn session(session: Session) -> String {
    session.userid().to_owned()
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<String, AuthError> {
    Ok(auth.sessions().await?.len().to_string())
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

/// The response to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// Why the token was not refreshed.
    pub(crate) not_refreshed: Option<String>,
    pub(crate) body: String,
}

impl App {
    /// An application that trusts the issuer, with no other settings.
    pub(crate) async fn trusting(provider: &Provider) -> Self {
        App::with(json!({ "issuers": [{ "issuer": provider.issuer, "audience": AUDIENCE }] })).await
    }

    /// An application with additional settings of the issuer.
    pub(crate) async fn trusting_with(provider: &Provider, more: Value) -> Self {
        let mut issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE });
        for (name, value) in more.as_object().expect("an object") {
            issuer[name] = value.clone();
        }
        App::with(json!({ "issuers": [issuer] })).await
    }

    /// An application with these settings of jwtauth.
    pub(crate) async fn with(mut settings: Value) -> Self {
        crate::process_log::install();
        settings["allow_refresh"] = true.into();
        settings["userids"] = settings.get("userids").cloned().unwrap_or("shared".into());
        let clock = Clock::manual(NOW);
        let rocket = rocket::custom(figment(settings))
            .attach(JwtAuth::fairing().clock(clock.clone()))
            .attach(AdHoc::on_response("why a token was not refreshed", |request, response| {
                Box::pin(async move {
                    if let Some(error) = RefreshError::of(request) {
                        response.set_header(Header::new(NOT_REFRESHED, format!("{error:?}")));
                    }
                })
            }))
            .mount("/", routes![me, scope, scope_again, maybe, visit, login, refresh, session, sessions, logout]);
        App { client: Client::untracked(rocket).await.expect("a launch"), clock }
    }

    pub(crate) fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, token: &str) -> Answer {
        let mut request = self.client.req(method, path.to_owned());
        if !token.is_empty() {
            request.add_header(Header::new("Authorization", format!("Bearer {token}")));
        }
        let response = request.dispatch().await;
        let header = |name: &str| response.headers().get_one(name).map(str::to_owned);
        let (challenge, retry_after) = (header("WWW-Authenticate"), header("Retry-After"));
        let (status, not_refreshed) = (response.status().code, header(NOT_REFRESHED));
        Answer { status, challenge, retry_after, not_refreshed, body: response.into_string().await.unwrap_or_default() }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Get, path, token).await
    }

    /// The status of a request with this token.
    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.get("/me", token).await.status
    }

    pub(crate) async fn login(&self, user: &str) -> Value {
        let answer = self.send(Method::Post, &format!("/login/{user}"), "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

/// The claims of a token that is valid for a day.
pub(crate) fn claims(provider: &Provider) -> Value {
    json!({
        "iss": provider.issuer, "aud": AUDIENCE, "sub": "alice", "iat": NOW, "exp": NOW + 24 * 60 * 60, "scope": "read",
    })
}

/// The same as [`claims`], with one claim changed or removed.
pub(crate) fn claims_with(provider: &Provider, name: &str, value: Value) -> Value {
    let mut claims = claims(provider);
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// A provider with one key, named `a`, and a token signed with it.
pub(crate) fn provider() -> (Provider, Signer, String) {
    let signer = Signer::new();
    let provider = Provider::new(&[signer.jwk("a")]);
    let token = signer.token("a", &claims(&provider));
    (provider, signer, token)
}
