use std::num::NonZeroU32;

/// What a [`SessionManager`](super::SessionManager) takes from the settings. Times are in seconds.
pub(crate) struct SessionSettings {
    /// How long a session lasts without a refresh.
    pub(crate) refresh_delta: u64,
    /// How long a session lasts at most.
    pub(crate) max_lifetime: Option<u64>,
    /// How long a spent refresh token is still answered with the same successor.
    pub(crate) reuse_grace: u64,
    /// How old this node's knowledge of a session may be when an access token is checked. `None`: sessions are not
    /// checked then.
    pub(crate) staleness: Option<u64>,
    /// How many sessions a user may have at once.
    pub(crate) max_per_user: Option<NonZeroU32>,
}
