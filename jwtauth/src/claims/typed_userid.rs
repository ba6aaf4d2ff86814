use rocket::request::FromParam;

use super::claims_type::Claims;
use super::userid_of_claims::CheckedUserId;

/// A claims type whose user ids have a type: `#[claims(userid = i64)]`.
///
/// ```
/// use jwtauth::{Claims, Identity};
/// use rocket::get;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Claims)]
/// #[claims(userid = i64)]
/// struct Profile {
///     nickname: String,
/// }
///
/// #[get("/me")]
/// fn me(identity: Identity<Profile>) -> String {
///     let id: i64 = identity.id();
///     format!("{} is number {id}", identity.nickname)
/// }
/// ```
///
/// Only `#[derive(Claims)]` can implement it.
///
/// A token whose user id does not parse as the type is refused like a token with other claims: 401. Issuing such a
/// token fails with [`ClaimsError::UserId`](crate::ClaimsError::UserId). Every type is allowed that implements Rocket's
/// [`FromParam`] and borrows nothing, as for the first parameter of a [refresh
/// endpoint](macro@crate::refresh_endpoint).
#[diagnostic::on_unimplemented(
    message = "the user ids of `{Self}` have no type",
    label = "no `#[claims(userid = …)]`",
    note = "write `#[claims(userid = i64)]` on the type with `#[derive(jwtauth::Claims)]`, or use `userid_as`"
)]
pub trait TypedUserId: Claims {
    /// The type of the user ids.
    type UserId: for<'a> FromParam<'a>;

    /// The derive macro generates it, and also makes the guard check the user ids.
    #[doc(hidden)]
    const IS_CHECKED: CheckedUserId;
}

/// The name of the user id type of `C`, if this user id does not parse as the type.
pub(super) fn refuses<C: Claims>(userid: &str) -> Option<&'static str> {
    C::userid_type()?.refuses(userid)
}
