//! Authentication for [Rocket](rocket) that is declared instead of written.
//!
//! A fairing reads `[default.jwtauth]` from Rocket.toml, request guards hand out an [`Identity`], and
//! [`#[refresh_endpoint]`](macro@refresh_endpoint) turns a function that loads fresh user data into a whole
//! refresh route. What is left to write are the two things that only the application knows: who may log
//! in, and what is true about a user *now*.
//!
//! # Quickstart
//!
//! 1. Add the crate. HMAC algorithms are always there; the feature `asymmetric` adds the others.
//!
//!    ```toml
//!    [dependencies]
//!    jwtauth = "0.1"
//!    rocket = "0.5"
//!    serde = { version = "1", features = ["derive"] }
//!    ```
//!
//! 2. Say in Rocket.toml that tokens can be refreshed, and keep a secret for the release profile. In the
//!    debug profile a random one does.
//!
//!    ```toml
//!    [default.jwtauth]
//!    allow_refresh = true
//!
//!    [release.jwtauth]
//!    # openssl rand -hex 32 > /run/secrets/jwtauth
//!    master_secret_file = "/run/secrets/jwtauth"
//!    ```
//!
//! 3. Declare the claims, attach the fairing, ask for what you need.
//!
//!    ```no_run
//!    use jwtauth::{Auth, Claims, Identity, JwtAuth, Tokens, refresh_endpoint};
//!    use rocket::form::{Form, FromForm};
//!    use rocket::http::Status;
//!    use rocket::{get, launch, post, routes};
//!    use serde::{Deserialize, Serialize};
//!
//!    #[derive(Serialize, Deserialize, Claims)]
//!    struct Profile {
//!        nickname: String,
//!    }
//!
//!    #[derive(FromForm)]
//!    struct Login {
//!        username: String,
//!        password: String,
//!    }
//!
//!    #[post("/login", data = "<login>")]
//!    async fn login(login: Form<Login>, auth: Auth<'_>) -> Result<Tokens, Status> {
//!        // Who may log in is for the application to say.
//!        if (login.username.as_str(), login.password.as_str()) != ("alice", "wonderland") {
//!            return Err(Status::Unauthorized);
//!        }
//!        Ok(auth.remember(&login.username, Profile { nickname: "Alice".into() }).await?)
//!    }
//!
//!    #[get("/me")]
//!    fn me(identity: Identity<Profile>) -> String {
//!        format!("Hello, {}", identity.nickname)
//!    }
//!
//!    #[refresh_endpoint("/refresh")]
//!    async fn refresh(userid: &str) -> Option<Profile> {
//!        // What is true about the user now; `None` if the user is gone.
//!        (userid == "alice").then(|| Profile { nickname: "Alice".into() })
//!    }
//!
//!    #[launch]
//!    fn rocket() -> _ {
//!        rocket::build().attach(JwtAuth::fairing()).mount("/", routes![login, me, refresh])
//!    }
//!    ```
//!
//! 4. Try it.
//!
//!    ```console
//!    $ TOKEN=$(curl -s -d username=alice -d password=wonderland localhost:8000/login | cut -d\" -f4)
//!    $ curl -H "Authorization: Bearer $TOKEN" localhost:8000/me
//!    Hello, Alice
//!    $ curl -X POST -H "Authorization: Bearer $TOKEN" localhost:8000/refresh
//!    {"access_token":"eyJ…","token_type":"Bearer","expires_in":1800}
//!    ```
//!
//! The page on [migrating] shows the way from a guard on `jsonwebtoken`, from rocket-jwt-authorization and from
//! more.jwtauth.
//!
//! # What to ask for
//!
//! | guard | gives | fails with |
//! |---|---|---|
//! | [`Identity<C>`](Identity) | who the request is from, and the claims `C` | 401; 400 for two tokens |
//! | [`Visitor<C>`](Visitor) | the same, or `Anonymous` if there is no token | 401 for a bad token; 400 |
//! | `Option<Identity<C>>` | the same, or `None` for whatever reason: no token, a bad one, a session store or an issuer that is away | never |
//! | `Result<Identity<C>, AuthError>` | the same, or what is wrong | never |
//! | [`Auth`] | [`remember`](Auth::remember) in a login route, [`forget`](Auth::forget) in a logout route | never |
//! | `Result<Refreshing<'_>, RefreshError>` | a token that can be refreshed, in a route written by hand ([`Refreshing`]) | never |
//! | [`Session`] | the session that the request belongs to | 401; 503; 404 without sessions |
//! | [`&JwtAuth`](JwtAuth) | issuing and verifying outside of all that | never |
//!
//! A token is checked once a request, however many guards ask. None of the guards ever forwards.
//!
//! # Settings
//!
//! Below `[<profile>.jwtauth]` in Rocket.toml, or in `ROCKET_JWTAUTH={…}`. The page of [`Config`] gives the
//! reason for each default.
//!
//! | setting | default | meaning |
//! |---|---|---|
//! | `master_secret` | none | the secret of the HMAC algorithms |
//! | `master_secret_file` | none | the same, from a file |
//! | `private_key`, `private_key_file` | none | the key that signs; PEM or DER |
//! | `public_key`, `public_key_file` | none | the key that verifies; derived from the private key where it is missing; alone: verify only |
//! | `algorithm` | `"HS256"` | see [`Algorithm`] |
//! | `kid` | derived from the key | the name of the key, which its tokens carry |
//! | `keys` | none | a list of keys in place of one, see [Keys](#keys) |
//! | `reload` | none | how often the files of the keys are looked at |
//! | `jwks_path` | none | where the public keys are published |
//! | `verified_cache` | `10000` | how many verified tokens are remembered, about 1 KiB each; `0`: none; see [Speed](#speed) |
//! | `expiration_delta` | `"30m"` | life of an access token |
//! | `leeway` | `0` | clock skew allowed; on `iat` at least a minute |
//! | `allow_refresh` | not set | turns refreshing on; must be set where a refresh endpoint is mounted |
//! | `refresh_delta` | `"7d"` | how long after it was issued a token can be refreshed |
//! | `verify_expiration_on_refresh` | `false` | only a token that has not expired can be refreshed |
//! | `max_lifetime` | `"unlimited"` | end of a login, however often it was refreshed |
//! | `issuer` | none | put into `iss`, and required there |
//! | `audience` | none | one or a list; put into `aud`, and one of them required there |
//! | `auth_header_prefix` | `"Bearer"` | the scheme in `Authorization` |
//! | `userid_claim` | `"sub"` | the claim that holds the user id |
//! | `realm` | none | named in the challenge |
//! | `sessions` | none | a table of its own, see [Sessions](#sessions) |
//! | `issuers` | none | a list of tables, see [Trusted issuers](#trusted-issuers) |
//!
//! Durations are seconds or text (`90`, `"30m"`, `"12h 30m"`, `"7d"`), `"unlimited"` where there need be no limit.
//! Settings are checked when the application launches: all faults are reported at once, each with the
//! setting, where it was set, and what to do.
//!
//! # Answers
//!
//! | situation | answer |
//! |---|---|
//! | logged in, refreshed | 200, `Authorization: Bearer …`, `Cache-Control: no-store`, `{"access_token", "token_type", "expires_in"}`; with sessions also `"refresh_token"` and `"refresh_expires_in"` |
//! | no token | 401, `WWW-Authenticate: Bearer` |
//! | a bad token | 401, `WWW-Authenticate: Bearer error="invalid_token", error_description="…"` |
//! | more than one token | 400, `WWW-Authenticate: Bearer error="invalid_request", error_description="…"` |
//! | the login has expired, on refresh | 403 `{"validationError": "Your session has expired"}` |
//! | anything else wrong on refresh | 403 `{"validationError": "Could not refresh your token"}` |
//! | the loader's own error, on refresh | the error's response |
//! | a loader's guard or the nonce handler finds the database away | 503, `Retry-After` |
//! | the session store is away, and the answer hangs on it | 503, `Retry-After` |
//! | the keys of a trusted issuer can't be had | 503, `Retry-After` |
//! | logged out | 204, `Cache-Control: no-store`; otherwise see [`Forget`] |
//!
//! Bodies of 400, 401, 403 and 503 are those of the application's catchers; [`catchers()`] has JSON ones, and
//! [`AuthError::of`] tells a catcher what was wrong. Why a refresh was refused is logged at the level `info`, and
//! [`RefreshError::of`] tells a fairing.
//!
//! # Refreshing
//!
//! A token that `allow_refresh` lets be refreshed carries `refresh_until`: the end of `refresh_delta`, counted
//! from its own issue. So who comes back within a week stays logged in, up to `max_lifetime` after the login,
//! which `auth_time` tells and no refresh moves. Whoever has copied a token can refresh it too, until then:
//! this is the price of keeping no state. What takes it back is
//!
//! - the loader: [`#[refresh_endpoint]`](macro@refresh_endpoint) asks it each time, and `None` ends the login;
//! - the nonce: [`#[refresh_nonce_handler]`](macro@refresh_nonce_handler) ends all logins of a user.
//!
//! An access token that has been issued is good until it expires; keep `expiration_delta` short. Where that is not
//! enough, there are sessions.
//!
//! # Sessions
//!
//! One table in Rocket.toml, be it empty, and each login is a session that can be seen and ended:
//!
//! ```toml
//! [default.jwtauth]
//! allow_refresh = true
//!
//! [default.jwtauth.sessions]
//! url = "memory:"
//! ```
//!
//! Nothing in the code changes: the same [`remember`](Auth::remember), the same
//! [`#[refresh_endpoint]`](macro@refresh_endpoint). What changes is what a client gets, and what a copy of it is worth:
//!
//! | | without sessions | with sessions |
//! |---|---|---|
//! | what is kept | nothing | one row a session, in a store; no token and no hash of one |
//! | a client has | one token | an access token, and a refresh token that only the refresh endpoint takes |
//! | a refresh | leaves the old token good | spends the refresh token; a copy that is used later ends the session (RFC 9700 §4.14.2) |
//! | two tabs at once, a lost response | no matter | no matter: within `reuse_grace` all get the same successor |
//! | logout | the client forgets its token | the session has ended: here at once, on other nodes within `staleness` |
//! | "log out everywhere", "where am I logged in" | by the nonce; no | [`JwtAuth::end_all_sessions`]; [`Auth::sessions`] |
//! | a stolen access token | is good until it expires | the same, or until the session ends |
//! | a request costs | no look-up | a look-up each `staleness` for each session |
//! | if the store is away | there is none | logins and refreshes 503; access tokens pass for `staleness` |
//! | choose it for | internal services, short logins, where a nonce a user is enough | browsers and phones; whatever people log in to |
//!
//! ## How it goes
//!
//! A login gives an access token with the claim `sid`, and a refresh token: `POST` the latter to the refresh endpoint
//! as `Authorization: Bearer …` to get the next of both; the access token is not needed. The refresh token is an id, a
//! generation and a MAC over them, under a key that is derived from the signing key, so a forged one is refused without
//! a look at the store. The store knows which generation is current, and [advances](SessionStore::advance) it in one
//! atomic step. A spent token that comes again within `reuse_grace` of its first use gets the same successor again, byte
//! by byte, on whatever node, and nothing is renewed by it. One that comes later is in two hands: the session ends. A
//! token that was presented before the first use, and whose request waits for its turn or for the application, has up to
//! 60 seconds more: the time between its presentation and its use does not count against its grace.
//!
//! A session stays with the key with which it began: its row has an id of that key, which is derived from the secret and
//! tells nothing of it. Another key of the list refreshes nothing of it, nor ends it by a logout.
//!
//! A session ends `refresh_delta` after its last refresh, `max_lifetime` after the login, and before that by
//! [`Auth::forget`], [`JwtAuth::end_session`], [`JwtAuth::end_all_sessions`], a loader that answers `None`, another
//! nonce, reuse, or `max_per_user`. [`SessionEvents`] hears of it.
//!
//! ```
//! use jwtauth::{Auth, AuthError, Forget, JwtAuth, Session, SessionId};
//! use rocket::http::Status;
//! use rocket::{delete, post};
//!
//! #[post("/logout")]
//! async fn logout(auth: Auth<'_>) -> Forget {
//!     auth.forget().await
//! }
//!
//! #[delete("/sessions/<id>")]
//! async fn end(id: SessionId, session: Session, jwtauth: &JwtAuth) -> Result<Status, AuthError> {
//!     match jwtauth.end_session(id, session.userid()).await? {
//!         true => Ok(Status::NoContent),
//!         false => Ok(Status::NotFound),
//!     }
//! }
//!
//! #[post("/logout-elsewhere")]
//! async fn logout_elsewhere(session: Session, jwtauth: &JwtAuth) -> Result<Status, AuthError> {
//!     jwtauth.end_all_sessions(session.userid(), Some(session.id())).await?;
//!     Ok(Status::NoContent)
//! }
//! ```
//!
//! ## Settings of sessions
//!
//! Below `[<profile>.jwtauth.sessions]`. The page of [`SessionsConfig`] gives the reason for each default.
//!
//! | setting | default | meaning |
//! |---|---|---|
//! | `url` | `"memory:"` | the store |
//! | `secret`, `secret_file` | derived from what signs | what the key of refresh tokens is derived from, at least 32 bytes |
//! | `reuse_grace` | `"30s"` | how long after its first use a refresh token is answered again, apart from up to 60 seconds in which the request that presents it waits; `0`: never |
//! | `staleness` | `"5s"` | how old a node's knowledge of a session may be when it lets an access token pass; `0`: asks each time; `"unlimited"`: never asks |
//! | `max_per_user` | `"unlimited"` | when one more session of a user begins, the least recently refreshed ends |
//!
//! `allow_refresh` must be on, and `refresh_delta` limited. Turning sessions on, or changing the key, logs everybody
//! out. Turning them off makes access tokens of sessions that have ended good again until they expire: change the
//! key as well. Whoever shares a store and a key shares sessions, so give each application its own.
//!
//! ## Stores
//!
//! `memory:` is for one process: sessions end with it. A [`SessionStore`] of the application's own is given to the
//! fairing with [`JwtAuthFairing::sessions`]; the feature `testing` has the tests that hold it to its contract
//! (`jwtauth::session_store_conformance!`).
//!
//! Several machines need a store that they share, the same signing key or `sessions.secret`, and clocks that agree: keep
//! them within a few seconds with NTP, and always within `reuse_grace` and a minute (`docs/stores.md` says what a
//! difference does). Nothing else is shared, and it does not matter which machine a request comes to.
//!
//! For tests, [`JwtAuthFairing::clock`] takes a clock that is moved by hand; sessions keep to it as well.
//!
//! # Trusted issuers
//!
//! With the feature `issuers`, tokens that an identity provider issues are accepted like the application's own. Three
//! lines of Rocket.toml say whose, and what they must be for:
//!
//! ```toml
//! [[default.jwtauth.issuers]]
//! issuer = "https://id.example.com/realms/shop"
//! audience = "orders-api"
//! ```
//!
//! Nothing in the code changes. The application may have keys of its own beside, or none: then it issues nothing
//! ([`KeyError::NoPrivateKey`]), in the debug profile as well, and needs no other setting. [`Identity::issuer`] tells whose a token is; look at it
//! together with the user id wherever more than one has a say, for `alice` of one issuer is not `alice` of another.
//!
//! A token whose `iss` is in the list is checked with that issuer's published keys, by that issuer's rules; every other
//! one with our own. It must say when it expires, and name us in `aud`. It has no session here, and is not refreshed by
//! us: 403. [`Auth::forget`] answers 204 to it, and ends nothing.
//!
//! ## Settings of issuers
//!
//! Below `[[<profile>.jwtauth.issuers]]`, for each of them. The page of `IssuerConfig` gives the reason for each default.
//!
//! | setting | default | meaning |
//! |---|---|---|
//! | `issuer` | required | the value of `iss`, to the letter; its discovery document is looked for below it |
//! | `audience` | required | one or a list; one of them must stand in `aud` |
//! | `algorithms` | all but HMAC | what its keys may be used with |
//! | `userid_claim` | `"sub"` | the claim that holds the user id |
//! | `leeway` | `"30s"` | clock skew allowed; on `iat` at least a minute |
//! | `typ` | either | `"at+jwt"` to insist on access tokens by RFC 9068, or `"JWT"` |
//! | `jwks_uri` | as discovered | where its keys are; then nothing is discovered, and `issuer` need not be a URL |
//! | `eager` | `false` | the launch fails if its keys can't be fetched |
//! | `retain_on_error` | `"1h"` | how long keys that have run out are used on while newer ones can't be had |
//!
//! ## Its keys
//!
//! They are fetched when its first token comes (or at the launch, if it is `eager`), and kept as long as `Cache-Control`
//! says, between 1 minute and 24 hours; 10 minutes if that says nothing. Before that is over they are fetched again in
//! the background; a token that names a key which is not known has them fetched at once, though not more often than
//! every 10 seconds. So an issuer rolls its keys without anybody noticing, and one that it withdraws verifies until
//! the next fetch. While the issuer is away its keys serve for `retain_on_error` more; then its tokens are answered
//! with 503 and `Retry-After`, and it is asked again every 5 seconds at most.
//!
//! A fetch is one `GET`, by HTTPS unless the issuer is on this machine, with the certificates that the system trusts
//! (`SSL_CERT_FILE` names others), without redirects and without a proxy, of at most 256 KiB and within 5 seconds. At
//! most 100 keys of a set are used; those of unknown types, for other purposes, and too small are passed over.
//!
//! The host of `issuer` or `jwks_uri` may be anywhere. If the discovery document names another host for the keys, that
//! host must have a public address. If it is in the internal network, set `jwks_uri` yourself.
//!
//! # Keys
//!
//! Keys roll without a restart, and without logging anybody out. A list has the place of the one key:
//!
//! ```toml
//! [default.jwtauth]
//! reload = "30s"                              # or send the process SIGHUP
//! jwks_path = "/.well-known/jwks.json"        # for others to verify with
//!
//! [[default.jwtauth.keys]]
//! private_key_file = "keys/2026-11.pem"       # the first one in force that can sign does
//! algorithm = "EdDSA"
//! sign_from = "2026-11-01T00:00:00Z"          # published and verifying before
//!
//! [[default.jwtauth.keys]]
//! private_key_file = "keys/2026-05.pem"       # still verifies
//! algorithm = "ES256"
//! retire_at = "2026-11-08T00:00:00Z"
//! ```
//!
//! Every token carries the name of its key (`kid`), by itself the thumbprint of the public key (RFC 7638), and is
//! checked with that key alone; each key is used for its own algorithm alone. A token without a name is tried with the
//! keys of its algorithm, at most four. Who verifies tokens of others sets `kid` to what they call the key.
//!
//! When files of keys change, or the list in Rocket.toml, `reload`, SIGHUP, or [`JwtAuth::reload`] note the new content.
//! They use it after a second read, one second later, that finds the same; it is checked as at a launch. What does not check out leaves all as it is, and says so in the log. No
//! request waits for that. [`JwtAuth::jwks`] gives the published keys to a route of one's own.
//!
//! How to make a key, to roll it step by step, and what to mind is told at [`KeyRing`].
//!
//! # Speed
//!
//! A key is prepared once, when it is read. A token of ours is recognized by the bytes of its header, its payload is
//! decoded on the stack and read in one pass, and nothing is allocated but the claims and one copy of the token.
//!
//! A token that this process has verified is remembered (`verified_cache`), and recognized by all of its bytes: its
//! signature is not checked and its claims are not read again, so that it costs the same whatever the algorithm. All that
//! time and settings do to a token is looked at on every request: `exp`, `nbf`, `max_lifetime`, its session, the
//! end of its key. Bad tokens are never remembered; a ring of other keys remembers nothing of what was verified with the
//! ones before. The values of a claims type are shared by the requests of a token, so keep no state of a request in
//! them.
//!
//! Set it to about the number of users that are active at one node within `expiration_delta`. For public keys it is
//! always worth it; for secrets it is up to some 100,000 tokens, where looking one up in memory comes to cost what a
//! MAC does. The page on [performance] has the figures, and how they were measured.
//!
//! # Security
//!
//! What an attacker may try, and what stands against it here:
//!
//! | attack | answer |
//! |---|---|
//! | `alg: none`, or a public key used as a secret | the key fixes the algorithm; a token that names another is refused before any cryptography (RFC 8725 §3.1) |
//! | keys that a token brings along or points at (`jwk`, `jku`, `x5c`, `x5u`) | never looked at |
//! | `kid` as a path or a query | only compared with the names of the keys |
//! | a key that was replaced | verifies no access token from its `retire_at` on; refreshes the sessions that it began, and no other, until it is removed |
//! | a private key in what is published | only members of public keys are ever written |
//! | a token of another kind under the same key | `typ` is absent, `JWT` or `at+jwt`; `aud` must name us, and be absent if we have no name |
//! | one token in two readings: duplicate members, loose base64, trailing text | one canonical form, everything else is refused |
//! | large or deep tokens | at most 16 KiB and 64 levels, bounded before anything is parsed |
//! | weak secrets | shorter than the hash: no launch outside the debug profile (RFC 7518 §3.2) |
//! | a token that is nearly one that was verified before | compared in all of its bytes |
//! | many different good tokens | the oldest are forgotten; memory has a bound, and no request waits for another |
//! | timing | secrets, tags and nonces are compared in constant time |
//! | tokens in logs | no error, `Debug` or log line of ours has any of a token, a key or a secret |
//! | an unauthenticated flood on the database | no guard of the application runs on refresh before the token is verified; a forged refresh token never reaches the session store |
//! | a stolen refresh token | its second user, thief or owner, ends the session (with sessions) |
//! | a stolen session store | no string in it refreshes anything |
//! | a refresh token as an access token, and the reverse | neither has the form of the other |
//! | `iss` as an address to fetch from | only compared with the list of issuers; nothing is fetched for another |
//! | a discovery document that leads into the internal network | a host that only it names is reached at public addresses alone |
//! | a token of one issuer in the name of another | each issuer's keys verify its own tokens alone; ours verify none that names one of them |
//! | an issuer that is hostile, slow or away | what it sends is bounded, in bytes and in time; only its own tokens suffer |
//! | a session store that fails | 503; no failure lets anybody pass, and none logs anybody out |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `asymmetric` | ES256, ES384, ES512, RS256 to PS512, EdDSA; builds aws-lc-rs, whose C code nearly doubles what a Rocket application takes to build |
//! | `issuers` | tokens of [trusted issuers](#trusted-issuers); `asymmetric`, and an HTTPS client on rustls |
//! | `jsonwebtoken` | conversions to and from the keys, algorithms and JWK sets of the crate `jsonwebtoken` 12, without its cryptography |
//! | `session-file` | sessions in a file: `file:PATH` |
//! | `session-postgres` | sessions in PostgreSQL: `postgres://…` |
//! | `session-redis` | sessions in Redis or Valkey: `redis://…`, `rediss://…`, `redis-sentinel://…` |
//! | `testing` | `session_store_conformance!`, the tests of a [`SessionStore`] |
//!
//! A setting that needs a feature which is not compiled in stops the launch, and the message names the feature.
//! No feature changes what is there without it.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod algorithm;
mod background;
mod claims;
mod clock;
mod config;
mod error;
mod fairing;
mod guards;
mod issue;
#[cfg(feature = "issuers")]
mod issuers;
mod json;
mod jws;
mod jwtauth;
mod keys;
mod refresh;
mod request;
mod responses;
mod rotation;
mod secret;
mod session;
#[cfg(any(feature = "session-postgres", feature = "session-redis"))]
mod tls;
mod verified;
mod verify;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;

#[cfg(doc)]
#[doc = include_str!("../docs/performance.md")]
pub mod performance {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/migrating.md")]
pub mod migrating {}

#[doc(inline)]
#[doc = include_str!("../docs/refresh_endpoint.md")]
pub use jwtauth_macros::refresh_endpoint;

#[doc(inline)]
#[doc = include_str!("../docs/refresh_nonce_handler.md")]
pub use jwtauth_macros::refresh_nonce_handler;

/// Declares a [claims type](trait@Claims), and refuses reserved names of fields.
#[doc(inline)]
pub use jwtauth_macros::Claims;

pub use crate::algorithm::{Algorithm, UnknownAlgorithm};
pub use crate::claims::session_id::{InvalidSessionId, SessionId};
pub use crate::claims::{Claims, ClaimsError};
pub use crate::clock::Clock;
#[cfg(feature = "issuers")]
pub use crate::config::IssuerConfig;
pub use crate::config::{Config, ConfigError, Fault, SessionsConfig};
pub use crate::error::{AuthError, KeyError, RefreshError, TokenError};
pub use crate::fairing::JwtAuthFairing;
pub use crate::guards::Auth;
pub use crate::guards::Identity;
pub use crate::guards::Session;
pub use crate::guards::Visitor;
pub use crate::issue::Forget;
pub use crate::issue::Issuing;
pub use crate::issue::Tokens;
pub use crate::jwtauth::JwtAuth;
pub use crate::keys::{Key, KeyRing};
pub use crate::refresh::RefreshNonceHandler;
pub use crate::refresh::{Refreshing, verify_refresh_request};
pub use crate::responses::catchers;
pub use crate::rotation::Jwks;
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
