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
/// # Keys
///
/// The key settings are not kept; they become the [`KeyRing`] of [`JwtAuth::keys`](crate::JwtAuth::keys).
///
/// | setting | what it is |
/// |---|---|
/// | `algorithm` | how tokens are signed, and the only way in which they may be. _Default:_ `HS256`: the only kind of key that needs no files and no C code |
/// | `master_secret` | the secret of the HMAC algorithms, at least 32, 48, 64 bytes for HS256, HS384, HS512 |
/// | `master_secret_file` | the same, from a file; a newline at its end is ignored |
/// | `private_key`, `private_key_file` | the key that signs: PEM, or in a file also DER; PKCS #8, PKCS #1 (RSA) or SEC 1 (EC) |
/// | `public_key`, `public_key_file` | the key that verifies; derived from the private key if that is there, and proved to belong to it; alone, tokens can only be verified |
/// | `kid` | the key's name, at most 255 bytes, which stands in the header of its tokens (RFC 7515 §4.1.4). _Default:_ the thumbprint of its public key (RFC 7638), or a keyed hash of the secret. Who verifies the tokens of others sets it to what they call the key |
///
/// A path in a file of settings is relative to that file. In the debug profile a missing secret is
/// replaced by a random one that lasts as long as the process, and one that is short or repeats one word is used, all
/// with a warning; in every other profile they are faults.
///
/// A secret that is text is used without the newline at its end. It is refused with white space or quotes around it, with
/// a byte order mark, in UTF-16, or as `NAME=value`. A secret of other bytes is used as it is.
///
/// If several sources name keys (a profile and `default`, Rocket.toml and the environment), the one with the highest
/// priority decides alone. The launch logs what it overrides.
///
/// # A ring of keys
///
/// The settings above make one key. Several are a list, in whose items the same settings stand, and two more:
///
/// ```toml
/// [[default.jwtauth.keys]]
/// private_key_file = "keys/2026-11.pem"      # the first one in force that can sign does
/// algorithm = "EdDSA"
/// sign_from = "2026-11-01T00:00:00Z"
///
/// [[default.jwtauth.keys]]
/// public_key_file = "keys/2026-05.pem"       # still verifies
/// algorithm = "ES256"
/// retire_at = "2026-12-01T00:00:00Z"
/// ```
///
/// | setting | what it is |
/// |---|---|
/// | `sign_from` | the time (RFC 3339) from which on the key signs; it is published and verifies before. _Default:_ at once |
/// | `retire_at` | the time from which on the key neither signs nor verifies. _Default:_ never |
/// | `refresh` | whether the key refreshes tokens that it signed. Write `false` for a secret that others sign with as well. _Default:_ `true` for a key that can sign. One that only verifies never does |
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
