//! Items for generated code. They are not part of the public API, and may change at any time.

pub use crate::claims::{CheckedUserId, ReadBack, UserIdOfClaims};
pub use crate::issue::{Nonce, NonceFuture, NonceOutcome, nonce_guard, nonce_handler, nonce_is};
pub use crate::permissions::{AnyClaim, ClaimOf, PermissionMarker, PermissionsField, is_claim};
pub use crate::refresh::{
    AskGuard, AskNothing, Loaded, LoaderGuard, LoginRenewal, RefreshEndpoint, RefreshingOf, Reissued, UserId,
    cannot_renew, failed, gate, loading, refuse, reissue, userid,
};
