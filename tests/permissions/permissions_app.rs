//! An application with permissions, a trusted issuer, and a manual clock.

use jwtauth::{
    Any, Anyone, Auth, AuthError, Claims, Clock, Granted, Identity, JwtAuth, Permissions, Public, Recent, Rule,
    Visitor, guarded,
};
use jwtauth_tests::answer::Answer;
pub(crate) use jwtauth_tests::launch::block_on;
use jwtauth_tests::{NOW, figment, with_secret};
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use rocket::request::Request;
use rocket::{Build, Rocket, Route, get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::provider::Provider;
use crate::signer::Signer;

pub(crate) const AUDIENCE: &str = "orders-api";

#[derive(Permissions)]
pub(crate) enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write", implies(ReadOrders))]
    WriteOrders,
    #[permission("users:read")]
    ReadUsers,
    #[permission("admin", implies(*))]
    Admin,
}

#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Profile {
    #[serde(default)]
    pub(crate) permissions: Granted<Permission>,
}

/// A rule of the application: the user is `alice`, once the database has answered.
pub(crate) struct Alice;

impl<C: Claims> Rule<C> for Alice {
    async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
        rocket::tokio::task::yield_now().await;
        if request.headers().contains("X-Database-Away") {
            return Err(AuthError::Unavailable);
        }
        match (identity.userid(), identity.issuer()) {
            ("alice", None) => Ok(()),
            _ => Err(AuthError::forbidden()),
        }
    }
}

/// The same routes for one rule, each of which uses it in another way.
macro_rules! routes_of {
    ($($module:ident: $rule:ty;)*) => {
        $(mod $module {
            use super::*;

            #[get("/guard")]
            fn guard(identity: Identity<Profile, $rule>) -> String {
                format!("content for {}", identity.userid())
            }

            #[rocket::options("/guard")]
            fn options(_identity: Identity<Profile, $rule>) -> &'static str {
                "content"
            }

            #[get("/option")]
            fn option(identity: Option<Identity<Profile, $rule>>) -> &'static str {
                if identity.is_some() { "content" } else { "none" }
            }

            #[get("/result")]
            fn result(identity: Result<Identity<Profile, $rule>, AuthError>) -> Result<&'static str, AuthError> {
                identity.map(|_| "content")
            }

            #[get("/visitor")]
            async fn visitor(visitor: Visitor<Profile>, auth: Auth<'_>) -> Result<&'static str, AuthError> {
                match visitor.identity() {
                    None => Ok("anonymous"),
                    Some(identity) => identity.check::<$rule>(&auth).await.map(|()| "content"),
                }
            }

            #[get("/ranked", rank = 1)]
            fn ranked(_identity: Identity<Profile, $rule>) -> &'static str {
                "content"
            }

            #[get("/ranked", rank = 2)]
            fn fallback() -> &'static str {
                "fallback"
            }

            #[get("/mounted")]
            fn mounted() -> &'static str {
                "content"
            }

            #[get("/mounted-again")]
            fn mounted_again(identity: Identity<Profile>) -> &'static str {
                if identity.userid().is_empty() { "nobody" } else { "content" }
            }

            pub(super) fn all() -> Vec<Route> {
                let mounted = guarded::<Identity<Profile, $rule>>(routes![mounted, mounted_again]);
                [routes![guard, options, option, result, visitor, ranked, fallback], mounted].concat()
            }
        })*

        fn rules() -> Vec<(&'static str, Vec<Route>)> {
            vec![$((stringify!($module), $module::all())),*]
        }
    };
}

routes_of! {
    anyone: Anyone;
    one: permission::ReadOrders;
    all: (permission::ReadOrders, permission::ReadUsers);
    any: Any<(permission::WriteOrders, permission::ReadUsers)>;
    own: Alice;
    recent: Recent<300>;
    one_and_recent: (Recent<300>, permission::WriteOrders, Recent<600>);
    any_or_own: Any<(permission::Admin, Alice)>;
}

#[get("/public")]
fn public(_public: Public) -> &'static str {
    "public"
}

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    signer: Signer,
    provider: Provider,
}

impl App {
    pub(crate) async fn new() -> Self {
        App::custom(json!({}), |rocket| rocket).await
    }

    pub(crate) async fn custom(mut settings: Value, change: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        crate::log::install();
        let signer = Signer::new();
        let provider = Provider::new(&[signer.jwk("a")]);
        settings["issuers"] = json!([{ "issuer": provider.issuer, "audience": AUDIENCE }]);
        settings["userids"] = "shared".into();
        let clock = Clock::manual(NOW);
        let mut rocket = rocket::custom(figment(with_secret(settings)))
            .attach(JwtAuth::fairing().clock(clock.clone()))
            .register("/", jwtauth::catchers())
            .mount("/", routes![public]);
        for (name, routes) in rules() {
            rocket = rocket.mount(format!("/{name}"), routes);
        }
        App { client: Client::untracked(change(rocket)).await.expect("a launch"), clock, signer, provider }
    }

    /// A token of this application for `alice`, with these claims too.
    pub(crate) fn token(&self, claims: Value) -> String {
        own_token(claims)
    }

    /// A token of the trusted issuer for `alice`, with these claims too.
    pub(crate) fn foreign_token(&self, claims: Value) -> String {
        let mut all = json!({
            "iss": self.provider.issuer, "aud": AUDIENCE, "sub": "alice", "iat": NOW, "exp": NOW + 1800,
        });
        add(&mut all, claims);
        self.signer.token("a", &all)
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Get, path, token, &[]).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.req(method, path.to_owned());
        if !token.is_empty() {
            request.add_header(Header::new("Authorization", format!("Bearer {token}")));
        }
        for (name, value) in headers {
            request.add_header(Header::new(name.to_string(), value.to_string()));
        }
        Answer::of(request.dispatch().await).await
    }
}

/// A token of the application for `alice`, with these claims too.
pub(crate) fn own_token(claims: Value) -> String {
    let mut all = json!({ "sub": "alice", "iat": NOW, "exp": NOW + 1800, "auth_time": NOW });
    add(&mut all, claims);
    jwtauth_tests::token(&all)
}

fn add(all: &mut Value, claims: Value) {
    for (name, value) in claims.as_object().expect("an object") {
        all[name] = value.clone();
    }
}
