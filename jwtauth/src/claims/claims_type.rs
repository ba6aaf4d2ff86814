use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::read_back::ReadBack;
use super::userid_of_claims::UserIdOfClaims;
use crate::permissions::PermissionsField;

/// The application's own claims in a token, in addition to the registered claims.
///
/// A claims type is any type with `#[derive(Claims)]` that serde converts to a JSON object and back:
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
/// Use `()` if the user id is enough. Use a map with string keys if the names are not known in advance.
///
/// One value may serve several requests with the same token, as long as the token is
/// [cached](crate::Config::verified_cache). It represents the content of the token, so don't store the state of a
/// request in it.
///
/// # Reserved names
///
/// These names are reserved for the token itself: `sub` (and the value of `userid_claim`), `iss`, `aud`, `exp`, `nbf`,
/// `iat`, `jti` (RFC 7519 §4.1), `auth_time`, `sid` (OpenID Connect), `gen`, `refresh_until`, `nonce`, `login_time` and
/// `carried`. A field with such a name does not compile:
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
/// The macro can't see the keys of maps or the fields of types with `#[serde(flatten)]`. Issuing a token with a
/// reserved name there fails with [`ClaimsError::Reserved`](crate::ClaimsError::Reserved). In the application's own
/// tokens, reserved names are hidden from the type. In a token of a [trusted issuer](crate::guide::issuers), a map or a
/// flattened type sees all claims.
///
/// # Values that can't be read again
///
/// A token is issued only if its claims can be read from it again. This is always true for text, booleans, integers of
/// up to 64 bits, finite numbers, lists, maps, enums and structs of such values. With any other value (a number that is
/// not finite or near the largest, an integer of 128 bits, a flattened struct, a key that is not text, a field omitted
/// by `skip_serializing_if`), the claims are read back before the token is signed. If that fails, issuing fails with
/// [`ClaimsError::Unreadable`](crate::ClaimsError::Unreadable). `#[derive(Claims)]` adds two cases: the claims of a
/// type are read back until that has succeeded once, and always if an attribute makes reading differ from writing
/// (`deserialize_with`, `try_from`, `rename(serialize = …)`).
///
/// One case can't be detected: a nested type whose own `Deserialize` refuses some values that its `Serialize` writes.
/// Put `#[serde(with = "…")]` on such a field, or make sure that all values can be read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a claims type",
    label = "not a claims type",
    note = "write `#[derive(serde::Serialize, serde::Deserialize, jwtauth::Claims)]` on it; `()` is the claims type without claims"
)]
pub trait Claims: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Used only by `#[derive(Claims)]`.
    #[doc(hidden)]
    fn read_back() -> ReadBack {
        ReadBack::InDoubt
    }

    /// Used only by `#[derive(Claims)]`.
    #[doc(hidden)]
    fn userid_type() -> Option<UserIdOfClaims> {
        None
    }

    /// Used only by `#[derive(Claims)]`: the claims that are sets of permissions.
    #[doc(hidden)]
    fn permissions_claims() -> &'static [PermissionsField] {
        &[]
    }

    /// Used only by `#[derive(Claims)]`: the names of the permissions in these sets.
    #[doc(hidden)]
    fn permission_names() -> Vec<&'static str> {
        Vec::new()
    }
}

// Error messages about a claims type recommend the derive macro, not these implementations.
#[diagnostic::do_not_recommend]
impl Claims for () {}

#[diagnostic::do_not_recommend]
impl Claims for serde_json::Map<String, serde_json::Value> {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for HashMap<String, V> {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for BTreeMap<String, V> {}
