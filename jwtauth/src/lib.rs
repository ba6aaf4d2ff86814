//! Declarative JWT authentication for [Rocket](rocket).
//!
//! A fairing reads the settings from Rocket.toml. Request guards provide the [`Identity`] of the client.
//! [`#[refresh_endpoint]`](macro@refresh_endpoint) turns a function that loads a user's current data into a complete
//! refresh route. The application decides the rest: who may log in, and which data a user's token contains.
//!
//! ```no_run
//! use jwtauth::{Auth, AuthError, Claims, Identity, JwtAuth, Tokens, refresh_endpoint};
//! use rocket::{get, launch, post, routes};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, Claims)]
//! struct Profile {
//!     nickname: String,
//! }
//!
//! #[post("/login")]
//! async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
//!     // Check the password first.
//!     auth.remember("alice", Profile { nickname: "Alice".into() }).await
//! }
//!
//! #[get("/me")]
//! fn me(identity: Identity<Profile>) -> String {
//!     format!("Hello, {}", identity.nickname)
//! }
//!
//! #[refresh_endpoint("/refresh")]
//! async fn refresh(userid: &str) -> Option<Profile> {
//!     (userid == "alice").then(|| Profile { nickname: "Alice".into() })
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build().attach(JwtAuth::fairing()).mount("/", routes![login, me, refresh])
//! }
//! ```
//!
//! [Getting started](guide::getting_started) builds this application from an empty crate.
//!
//! # Guards
//!
//! | guard | provides | fails with |
//! |---|---|---|
//! | [`Identity<C>`](Identity) | the user id, and the claims `C` | 401; 400 for two tokens; 403 for a cookie in a request from another origin; 503 if the session store or the issuer's keys are unavailable |
//! | [`Identity<C, R>`](Identity) | the same, if the user satisfies the [rule](Rule) `R`: a permission, for example | the same; 403; 401 if the login is not [recent](Recent) |
//! | [`Visitor<C>`](Visitor) | the same, or `Anonymous` if the request has no token | 401 for an invalid token in the header; 400; 403; 503 |
//! | `Option<Identity<C>>` | the same, or `None` for any failure, 503 included | never |
//! | `Result<Identity<C>, AuthError>` | the same, or the reason as an [`AuthError`] | never |
//! | [`Auth`] | [`remember`](Auth::remember) for login routes, [`confirm`](Auth::confirm) for a password that is asked again, [`forget`](Auth::forget) for logout routes | never |
//! | [`CrossSite<G>`](CrossSite) | one of the three guards `Identity<C>`, `Visitor<C>` and `Auth`, also for a cookie in a request from another origin | as the guard, but never 403 |
//! | [`Session`] | the session of the request | as `Identity`; 404 without sessions, or for a token of a trusted issuer |
//! | [`Carried<D>`](Carried) | [what the login carries](guide::refreshing#what-a-login-carries), as the type `D` | 401 if it is missing or of another type; as `Identity` outside of a refresh |
//! | [`LoginInfo`] | the session and the time of the login, for loaders | as `Identity` outside of a refresh |
//! | `Result<Refreshing<'_>, RefreshError>` | a token that can be refreshed, for a refresh route by hand ([`Refreshing`]) | never |
//! | [`Public`] | nothing: the route is open on purpose | never |
//! | [`&JwtAuth`](JwtAuth) | issuing and verifying outside of the routes above | never |
//!
//! A token is checked once per request, even if several guards use it. The guards never forward. [`guarded`] puts a
//! guard before a whole mount. If a route uses any of these guards and the fairing is missing, the launch fails.
//!
//! # Cargo features
//!
//! | feature | adds |
//! |---|---|
//! | `asymmetric` | ES256, ES384, ES512, RS256 to RS512, PS256 to PS512, EdDSA. It builds the C code of aws-lc-rs: the first build of a small application takes [a quarter more CPU time](guide::performance#build-time) |
//! | `issuers` | tokens of [trusted issuers](guide::issuers); includes `asymmetric` and an HTTPS client |
//! | `session-file` | sessions in a file: `file:PATH` |
//! | `session-redis` | sessions in Redis or Valkey: `redis://…`, `rediss://…`, `redis-sentinel://…` |
//! | `session-postgres` | sessions in PostgreSQL: `postgres://…` |
//! | `cli` | [the program `jwtauth`](guide::cli), which makes keys, checks settings and explains tokens; includes all stores, algorithms and issuers |
//! | `jsonwebtoken` | conversions to and from the keys, algorithms and JWK sets of the crate `jsonwebtoken` |
//! | `testing` | `testing::open_routes`, which finds routes that are open by accident; `session_store_conformance!`, the tests for a [`SessionStore`] |
//!
//! No feature is on by default. A setting that needs a missing feature stops the launch, and the message names the
//! feature.
//!
//! # Guide
//!
//! [Getting started](guide::getting_started), [settings](guide::settings), [refreshing](guide::refreshing),
//! [sessions](guide::sessions), [browsers](guide::browsers), [permissions](guide::permissions), [keys](guide::keys),
//! [trusted issuers](guide::issuers), [providers](guide::providers),
//! [protected resources and MCP](guide::protected_resource), [testing](guide::testing),
//! [deployment](guide::deployment), [performance](guide::performance), [migrating](guide::migrating) from other crates,
//! [the command line](guide::cli), and [why was this request refused?](guide::refused)
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod algorithm;
mod background;
mod claims;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod clock;
mod config;
mod error;
mod explain;
mod fairing;
mod guards;
mod issue;
#[cfg_attr(not(feature = "issuers"), path = "issuers/stub.rs")]
mod issuers;
mod json;
mod jws;
mod jwtauth;
mod keys;
mod local_path;
mod permissions;
mod refresh;
mod request;
mod responses;
mod rotation;
mod secret;
mod session;
mod shown;
#[cfg(any(feature = "session-postgres", feature = "session-redis"))]
mod tls;
mod verified;
mod verify;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

#[cfg(any(doc, doctest))]
pub mod guide;

#[doc(inline)]
#[doc = include_str!("../docs/refresh_endpoint.md")]
pub use jwtauth_macros::refresh_endpoint;

#[doc(inline)]
#[doc = include_str!("../docs/refresh_nonce_handler.md")]
pub use jwtauth_macros::refresh_nonce_handler;

/// Declares a [claims type](trait@Claims). Fields with reserved names do not compile.
#[doc(inline)]
pub use jwtauth_macros::Claims;

/// Declares the [permissions](trait@Permissions) of an application.
#[doc(inline)]
pub use jwtauth_macros::Permissions;

pub use crate::algorithm::{Algorithm, UnknownAlgorithm};
#[cfg(feature = "issuers")]
pub use crate::claims::{ClaimPath, Requirement};
pub use crate::claims::{Claims, InvalidSessionId, SessionId, TypedUserId};
pub use crate::clock::Clock;
pub use crate::config::{Config, ConfigError, ConfigFault, CookiesConfig, ResourceConfig, SessionsConfig, UserIds};
#[cfg(feature = "issuers")]
pub use crate::config::{IssuerConfig, Tenants};
pub use crate::error::{AuthError, CarriedError, ClaimsError, Facts, KeyError, RefreshError, TokenError};
pub use crate::explain::{ExplainedRule, Explanation, RuleVerdict};
pub use crate::fairing::JwtAuthFairing;
pub use crate::guards::{
    Any, Anyone, Auth, Carried, Confirming, CrossSite, Identity, LoginInfo, PermissionRule, Public, Recent, Rule,
    Session, Verifying, Visitor, guarded,
};
pub use crate::issue::{Issuing, LoggedOut, RefreshNonceHandler, Tokens};
pub use crate::jwtauth::JwtAuth;
pub use crate::keys::{Jwks, Key, KeyRing};
pub use crate::local_path::{InvalidLocalPath, LocalPath};
pub use crate::permissions::{Granted, Permissions};
pub use crate::refresh::{Refreshing, Renewing, verify_refresh_request};
pub use crate::responses::{WithTokens, catchers};
pub use crate::rotation::Reloaded;
pub use crate::secret::Secret;
#[cfg(feature = "session-file")]
pub use crate::session::FileStore;
#[cfg(feature = "session-postgres")]
pub use crate::session::PostgresStore;
#[cfg(feature = "session-redis")]
pub use crate::session::RedisStore;
pub use crate::session::{
    EndReason, MemoryStore, RefreshOutcome, RefreshStep, SessionEvents, SessionRecord, SessionStore, StoreError,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
