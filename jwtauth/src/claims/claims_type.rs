use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::read_back::ReadBack;

/// What an application knows of its users from their tokens: the claims beside the registered ones.
///
/// Any type that serde turns into a JSON object and back, declared with `#[derive(Claims)]`:
///
/// ```
/// use jwtauth::Claims;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Claims)]
/// struct Profile {
///     nickname: String,
///     role: Role,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// enum Role { Reader, Admin }
/// ```
///
/// `()` is the type of those who need no more than the user id; maps with string keys are claims for
/// those who can't know the names beforehand.
///
/// A value of the type may serve several requests with the same token, as long as that is
/// [remembered](crate::Config::verified_cache): it is what the token says, and not for the state of a request.
///
/// # Reserved names
///
/// Some names belong to the token itself: `sub` (and what `userid_claim` is set to), `iss`, `aud`,
/// `exp`, `nbf`, `iat`, `jti` (RFC 7519 §4.1), `auth_time`, `sid` (OpenID Connect), `gen`,
/// `refresh_until` and `nonce`. A field of one of these names does not compile:
///
/// ```compile_fail
/// # use jwtauth::Claims;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize, Claims)]
/// struct Profile {
///     exp: u64,
/// }
/// ```
///
/// What a macro can't see, the keys of maps and the fields of `#[serde(flatten)]`ed types, is refused
/// when a token is issued, with [`ClaimsError::Reserved`](crate::ClaimsError::Reserved). When a token is read, the application's type
/// never sees them.
///
/// # Values that can't be read again
///
/// A token is only issued if its claims can be read from it. Text, truth values, whole numbers of up to 64 bits, finite
/// numbers, lists, maps, enums and structs of such values are read as they are written. With any other value (a number
/// that is not finite or near the largest, an integer of 128 bits, a flattened struct, a name that is no text, a field
/// that `skip_serializing_if` left out) the claims are read back before the token is signed, and refused with
/// [`ClaimsError::Unreadable`](crate::ClaimsError::Unreadable) if that fails. `#[derive(Claims)]` adds to that: claims of the type are read back until
/// that has succeeded once, and each time if an attribute of the type says that it is read in another way than it is
/// written (`deserialize_with`, `try_from`, `rename(serialize = …)`).
///
/// What can't be seen is a type within the claims, with a `Deserialize` of its own, that refuses some of the values that
/// its `Serialize` writes. Put `#[serde(with = "…")]` on such a field, or make sure that all values are good.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a claims type",
    label = "not a claims type",
    note = "write `#[derive(serde::Serialize, serde::Deserialize, jwtauth::Claims)]` on it; `()` is the claims type with nothing in it"
)]
pub trait Claims: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Only for `#[derive(Claims)]`.
    #[doc(hidden)]
    fn read_back() -> ReadBack {
        ReadBack::InDoubt
    }
}

// Errors about a claims type propose to derive it, and not one of these.
#[diagnostic::do_not_recommend]
impl Claims for () {}

#[diagnostic::do_not_recommend]
impl Claims for serde_json::Map<String, serde_json::Value> {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for HashMap<String, V> {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for BTreeMap<String, V> {}
