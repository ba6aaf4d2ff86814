use std::num::NonZeroU32;

/// The settings of sessions, checked: what stands in `[<profile>.jwtauth.sessions]` of Rocket.toml. That the
/// table is there, be it empty, is what turns sessions on.
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
/// `allow_refresh` must be on then, and `refresh_delta` limited: it says after how long without a refresh a
/// session is over. `verify_expiration_on_refresh` has no meaning, since it is not the access token that is
/// refreshed; to set it is a fault.
///
/// `url`, `secret` and `secret_file` are not part of it. They become the store, and the key of refresh tokens. The guide
/// lists [all settings of sessions](crate::guide::sessions#settings).
///
/// # Clocks
///
/// `leeway` is for tokens; the ends of sessions have none. As many seconds as the clocks of two nodes differ are lost
/// from `reuse_grace` when a client that was answered by one of them comes again to the other.
///
/// # Who shares sessions
///
/// Whoever shares a store and a key shares sessions, whatever `issuer` and `audience` say: a refresh token names
/// neither. Give each application a `secret` of its own.
#[non_exhaustive]
#[derive(Debug)]
pub struct SessionsConfig {
    /// For how long, in seconds after its first use, a refresh token that is spent is answered with the same
    /// successor again. 0: a refresh token is good once. _Default:_ 30 seconds: long enough for every tab and
    /// every retry after a lost response, and as long does a thief's copy work unnoticed.
    pub reuse_grace: u64,

    /// How old, in seconds, this node's knowledge of a session may be when it lets an access token pass. 0: the
    /// store is asked on every request. `None`: never; a session that was ended is found out when it is
    /// refreshed. _Default:_ 5 seconds: so long does an access token outlive a logout on another node, and so
    /// long does a node do without its store.
    pub staleness: Option<u64>,

    /// How many sessions a user can have at once; when another begins, the least recently refreshed ends.
    /// `None`: any number. _Default:_ unlimited.
    pub max_per_user: Option<NonZeroU32>,
}
