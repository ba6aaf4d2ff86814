//! The claims of a token: reading, checking and writing them.

mod audience;
pub(crate) mod carried;
mod claims_type;
mod diagnosis;
mod facts;
mod granted_names;
#[cfg_attr(not(feature = "issuers"), allow(dead_code, unreachable_pub, unused_imports))]
pub(crate) mod issuer;
mod login_claims;
mod names;
mod numeric_date;
pub(crate) mod policy;
mod read;
mod read_back;
mod refusal;
mod registered;
pub(crate) mod session_id;
mod typed_userid;
mod userid_of_claims;
mod watch;
mod write;

pub use self::claims_type::Claims;
pub(crate) use self::diagnosis::{diagnose, refuse};
pub(crate) use self::facts::{facts, facts_of_time};
#[cfg(feature = "issuers")]
pub use self::issuer::{ClaimPath, Requirement};
pub(crate) use self::login_claims::{LoginClaims, RefreshWindow};
pub(crate) use self::names::is_reserved;
pub(crate) use self::read::read;
pub use self::read_back::ReadBack;
pub(crate) use self::registered::{Read, Registered, unsigned};
pub use self::session_id::{InvalidSessionId, SessionId};
pub use self::typed_userid::TypedUserId;
pub use self::userid_of_claims::{CheckedUserId, UserIdOfClaims};
pub(crate) use self::write::write;
