#[cfg(feature = "issuers")]
use super::issuer_config::IssuerConfig;
use super::sessions_config::SessionsConfig;

/// The settings, checked: what stands in `[<profile>.jwtauth]` of Rocket.toml, or in the environment
/// variable `ROCKET_JWTAUTH={…}`.
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
/// The fairing makes one at ignition, and an application can look at it with
/// [`JwtAuth::config`](crate::JwtAuth::config). Every fault is reported at once, with its setting, where
/// that was set, and the remedy; an unknown setting is a fault.
///
/// A duration is a number of seconds or a text: `90`, `"30m"`, `"12h 30m"`, `"7d"`; where there need be
/// no limit, also `"unlimited"`, which is `None` here. Text is compared with case.
///
/// The settings of keys are not part of it. They become the [`KeyRing`](crate::KeyRing) of
/// [`JwtAuth::keys`](crate::JwtAuth::keys). The guide lists [all settings](crate::guide::settings), and has a chapter on
/// [keys](crate::guide::keys).
#[non_exhaustive]
#[derive(Debug)]
pub struct Config {
    /// How often the files of the keys are looked at, in seconds, and with them the list `keys` where it stands in
    /// Rocket.toml. If there is something new, it is noted, and read again a second later. If it is the same then, all of
    /// it is checked, and put in the place of the old.
    /// `None`: only when the application asks for it ([`JwtAuth::reload`](crate::JwtAuth::reload)) or the process
    /// gets a SIGHUP. _Default:_ none: who replaces a file may have to replace two.
    pub reload: Option<u64>,

    /// The path at which the public keys are published, as a JWK set (RFC 7517 §5). _Default:_ none: not
    /// everybody is to know them.
    pub jwks_path: Option<String>,

    /// How many verified tokens this process remembers, so that their signatures need not be checked and their
    /// claims not be read again; everything else is checked on each request. A token of up to 500 bytes counts
    /// as one and takes about 1 KiB; a longer one counts as several, and so does one with many values in its claims,
    /// which have more on the heap than their text. 0: none. _Default:_ 10,000, about 10 MB: for public keys it is always
    /// worth it, for secrets up to some 100,000 tokens in use.
    pub verified_cache: usize,

    /// The lifetime of an access token, in seconds. `None`: it never expires. _Default:_ 30 minutes: that is
    /// how long a change to a user, or the theft of a token, may go unnoticed.
    pub expiration_delta: Option<u64>,

    /// How far the clocks of those who issue and those who check may be apart, in seconds; allowed on
    /// `exp`, `nbf`, `refresh_until` and `max_lifetime`. _Default:_ 0: every second of it lengthens the life of all
    /// tokens. On `iat`, which lengthens nothing, a minute is always allowed, and the leeway if it is longer.
    pub leeway: u64,

    /// Turns refreshing on. `None`: not set; then no refresh endpoint can be mounted. _Default:_ not set: a
    /// token that can be refreshed is worth more to a thief, so it takes a decision.
    pub allow_refresh: Option<bool>,

    /// How long after it was issued a token can be refreshed, in seconds. `None`: for ever. _Default:_
    /// 7 days: who comes back within a week stays logged in.
    pub refresh_delta: Option<u64>,

    /// Whether only a token that has not expired can be refreshed. _Default:_ `false`: a client finds
    /// out by a 401 that it has to refresh, and can still do so.
    pub verify_expiration_on_refresh: bool,

    /// Whether the application's catchers for 403 answer a refused refresh, instead of the standard bodies.
    /// [`RefreshError::of`](crate::RefreshError::of) tells them the reason. _Default:_ `false`: clients rely on the
    /// bodies.
    pub refresh_catchers: bool,

    /// The end of a login, in seconds after it, however often its token was refreshed. `None`: there is
    /// none. _Default:_ unlimited: how long is for the application to say.
    pub max_lifetime: Option<u64>,

    /// Put into `iss`, and required there (RFC 8725 §3.8). _Default:_ none.
    pub issuer: Option<String>,

    /// Put into `aud`, and one of them required there (RFC 8725 §3.9): a text or a list of them.
    /// _Default:_ none; then a token that has `aud` is for somebody else, and refused
    /// (RFC 7519 §4.1.3).
    pub audience: Vec<String>,

    /// The scheme of the `Authorization` header; compared without case (RFC 9110 §11.1). _Default:_
    /// `Bearer` (RFC 6750 §2.1).
    pub auth_header_prefix: String,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// Named in the `WWW-Authenticate` challenge (RFC 9110 §11.5). _Default:_ none.
    pub realm: Option<String>,

    /// The settings of sessions, below `[<profile>.jwtauth.sessions]`. `None`: there are none, and tokens are all
    /// there is to a login. _Default:_ none: sessions need a place to be kept.
    pub sessions: Option<SessionsConfig>,

    /// Others whose tokens are accepted as well, each below `[[<profile>.jwtauth.issuers]]`. _Default:_ none.
    #[cfg(feature = "issuers")]
    pub issuers: Vec<IssuerConfig>,
}
