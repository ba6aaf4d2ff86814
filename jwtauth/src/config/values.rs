use super::cookies_config::CookiesConfig;
#[cfg(feature = "issuers")]
use super::issuer_config::IssuerConfig;
use super::resource_config::ResourceConfig;
use super::sessions_config::SessionsConfig;
use super::userids::UserIds;

/// The checked settings: the table `[<profile>.jwtauth]` of Rocket.toml, or the environment variable
/// `ROCKET_JWTAUTH={…}`.
///
/// ```toml
/// [default.jwtauth]
/// allow_refresh = true
/// issuer = "https://shop.example.com"
///
/// [release.jwtauth]
/// master_secret_file = "/run/secrets/jwtauth"
/// ```
///
/// The fairing reads the settings at ignition. An application can access them with
/// [`JwtAuth::config`](crate::JwtAuth::config). All faults are reported at once, each with its setting, origin and
/// remedy. An unknown setting is a fault.
///
/// A duration is a number of seconds or a text: `90`, `"30m"`, `"12h 30m"`, `"7d"`. Where a limit is optional, it can
/// be `"unlimited"`, which is `None` here. Texts are case-sensitive.
///
/// The key settings are not fields of this struct. They become the [`KeyRing`](crate::KeyRing) of
/// [`JwtAuth::keys`](crate::JwtAuth::keys). The guide lists [all settings](crate::guide::settings) and has a chapter on
/// [keys](crate::guide::keys).
#[non_exhaustive]
#[derive(Debug)]
pub struct Config {
    /// The interval, in seconds, at which the key files are checked for changes, including those of issuers, and with
    /// them Rocket.toml if it contains the list `keys`. New content is read again a second later. If it is still the
    /// same, it is checked and replaces the old keys. `None`: only a call of
    /// [`JwtAuth::reload`](crate::JwtAuth::reload) or a SIGHUP rereads the keys. _Default:_ none, because a rotation
    /// may have to replace two files together.
    pub reload: Option<u64>,

    /// The path at which the public keys are published as a JWK set (RFC 7517 §5). _Default:_ none, so that public keys
    /// are published only if the application wants that.
    pub jwks_path: Option<String>,

    /// How many verified tokens this process caches, so that it does not check their signatures and parse their claims
    /// again. Everything else is checked on each request. A token of up to 500 bytes counts as one and takes about 1
    /// KiB. A longer token counts as several, and so does one with many values in its claims, which take more memory
    /// than their text. 0 disables the cache. _Default:_ 10,000, about 10 MB. The cache always pays off for public
    /// keys, and for secrets with up to about 100,000 tokens in use.
    pub verified_cache: usize,

    /// The lifetime of an access token, in seconds. `None`: it never expires. _Default:_ 30 minutes. A change to a
    /// user, or the theft of a token, can go unnoticed for that long.
    pub expiration_delta: Option<u64>,

    /// The allowed difference between the clocks of the servers that issue and check tokens, in seconds. It applies to
    /// `exp`, `nbf`, `refresh_until` and `max_lifetime`. _Default:_ 0, because each second lengthens the life of all
    /// tokens. For `iat`, the leeway is at least one minute, because it extends no token's validity.
    pub leeway: u64,

    /// Whether tokens can be refreshed. `None`: not set, and no refresh endpoint can be mounted. _Default:_ not set. A
    /// token that can be refreshed is worth more to a thief, so refreshing must be turned on explicitly.
    pub allow_refresh: Option<bool>,

    /// How long a token can be refreshed after it was issued, in seconds. `None`: forever. _Default:_ 7 days: a user
    /// who returns within a week stays logged in.
    pub refresh_delta: Option<u64>,

    /// Whether only tokens that have not expired can be refreshed. _Default:_ `false`: a client can still refresh after
    /// a 401 has told it that the token has expired.
    pub verify_expiration_on_refresh: bool,

    /// Whether the application's catchers for 403 create the response to a refused refresh, instead of the standard
    /// bodies. They get the reason from [`RefreshError::of`](crate::RefreshError::of). _Default:_ `false`, because
    /// clients rely on the standard bodies.
    pub refresh_catchers: bool,

    /// The maximum duration of a login, in seconds, no matter how often its token is refreshed. `None` is unlimited.
    /// _Default:_ unlimited: the right limit depends on the application.
    pub max_lifetime: Option<u64>,

    /// The `iss` of issued tokens. Accepted tokens must have the same (RFC 8725 §3.8). _Default:_ none.
    pub issuer: Option<String>,

    /// The `aud` of issued tokens: a text or a list of texts. The `aud` of an accepted token must contain one of them
    /// (RFC 8725 §3.9). _Default:_ none. Then a token with an `aud` is meant for another service and is refused
    /// (RFC 7519 §4.1.3).
    pub audience: Vec<String>,

    /// The scheme of the `Authorization` header, which is case-insensitive (RFC 9110 §11.1). _Default:_ `Bearer` (RFC
    /// 6750 §2.1).
    pub auth_header_prefix: String,

    /// Whether the user ids of different issuers are those of different people. `distinct` gives the user ids of each
    /// [trusted issuer](crate::guide::issuers) a prefix. With `shared`, the same user id is the same person, whatever
    /// the issuer is. _Required_ if there are several issuers: own keys and a trusted issuer, two trusted issuers, or
    /// one with tenants.
    pub userids: Option<UserIds>,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// The realm in the `WWW-Authenticate` challenge (RFC 9110 §11.5). _Default:_ none.
    pub realm: Option<String>,

    /// The application as an OAuth protected resource: the settings `resource` and `authorization_servers`. `None`: it
    /// publishes no metadata, and its challenges name none. _Default:_ none: only clients that find their authorization
    /// server by RFC 9728 need it, such as those of MCP.
    pub resource: Option<ResourceConfig>,

    /// Whether a route that answers without a guard of this crate logs a warning, once. _Default:_ `true` in the debug
    /// profile, otherwise `false`. [`Public`](crate::Public) marks a route that is open on purpose.
    pub warn_open_routes: bool,

    /// The settings of sessions, in `[<profile>.jwtauth.sessions]`. `None`: sessions are disabled, and a login consists
    /// of its tokens only. _Default:_ none, because sessions need a store.
    pub sessions: Option<SessionsConfig>,

    /// The settings of cookies, below `[<profile>.jwtauth.cookies]`. `None`: tokens travel in `Authorization` only.
    /// _Default:_ none: programs need no cookies, and an application that has them must consider requests from other
    /// origins.
    pub cookies: Option<CookiesConfig>,

    /// The trusted issuers, each in a `[[<profile>.jwtauth.issuers]]` table. _Default:_ none.
    #[cfg(feature = "issuers")]
    pub issuers: Vec<IssuerConfig>,
}
