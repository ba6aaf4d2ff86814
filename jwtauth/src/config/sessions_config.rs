use std::num::NonZeroU32;

/// The checked settings of sessions: the table `[<profile>.jwtauth.sessions]` of Rocket.toml. The table enables
/// sessions, even if it is empty.
///
/// ```toml
/// [default.jwtauth]
/// allow_refresh = true
/// max_lifetime = "90d"
///
/// [default.jwtauth.sessions]
/// url = "memory:"
/// ```
///
/// Sessions require `allow_refresh = true` and a limited `refresh_delta`. A session ends if it is not refreshed for
/// that long. Setting `verify_expiration_on_refresh` is a fault, because clients refresh with a refresh token, not with
/// the access token.
///
/// `url`, `secret` and `secret_file` are not fields of this struct. They configure the store and the key of refresh
/// tokens. The guide lists [all settings of sessions](crate::guide::sessions#settings-of-sessions).
///
/// # Clocks
///
/// `leeway` applies to tokens, not to the ends of sessions. If the clocks of two nodes differ, `reuse_grace` is shorter
/// by that difference for a client that reaches one node and then the other.
///
/// # Sharing sessions
///
/// Applications with the same store and the same key share sessions, even if their `issuer` and `audience` differ,
/// because a refresh token contains neither. Give each application its own `secret`.
#[non_exhaustive]
#[derive(Debug)]
pub struct SessionsConfig {
    /// How long a spent refresh token gets the same successor again, in seconds, counted from the hand-out of the
    /// successor and, once the successor is proven, from the proof. 0: each refresh token works once, and anything else
    /// ends the session, so a client that loses a response is logged out. _Default:_ 30 seconds, enough for several
    /// tabs and for requests that are late. A stolen copy also works unnoticed for that long. See
    /// [how sessions work](crate::guide::sessions#how-it-works).
    pub reuse_grace: u64,

    /// The maximum age of a node's cached state of a session when it accepts an access token, in seconds. 0: the store
    /// is queried on every request. `None`: access tokens are accepted without a query, and the end of a session takes
    /// effect at the next refresh. _Default:_ 5 seconds: an access token can be used for that long after a logout on
    /// another node, and a node can run for that long without its store.
    pub staleness: Option<u64>,

    /// The maximum number of sessions of a user. When the user starts another one, the least recently refreshed session
    /// ends. `None` is unlimited. _Default:_ unlimited.
    pub max_per_user: Option<NonZeroU32>,
}
