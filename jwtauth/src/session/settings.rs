use std::num::NonZeroU32;

/// The settings of a [`SessionManager`](super::SessionManager). Times are in seconds.
pub(crate) struct SessionSettings {
    /// How long a session lasts without a refresh.
    pub(crate) refresh_delta: u64,
    /// The maximum time that a session lasts.
    pub(crate) max_lifetime: Option<u64>,
    /// How long a spent refresh token still returns the same successor.
    pub(crate) reuse_grace: u64,
    /// The maximum age of this node's copy of the session state when it checks an access token. `None` means that the
    /// sessions of access tokens are not checked.
    pub(crate) staleness: Option<u64>,
    /// The maximum number of concurrent sessions of a user.
    pub(crate) max_per_user: Option<NonZeroU32>,
}
