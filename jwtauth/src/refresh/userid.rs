//! The user id as the first parameter of a loader or nonce handler.

use rocket::request::FromParam;

/// The types allowed for the first parameter of a loader or nonce handler.
#[diagnostic::on_unimplemented(
    message = "a user id can't be read into `{Self}`",
    label = "the first parameter receives the verified user id",
    note = "write `&str`, `String`, a number or any other type that is `FromParam`; guards come after it"
)]
pub trait UserId<'r>: Sized {
    #[doc(hidden)]
    fn from_userid(userid: &'r str) -> Option<Self>;
}

// The compiler would otherwise suggest traits and types of Rocket that do not help.
#[diagnostic::do_not_recommend]
impl<'r, T: FromParam<'r>> UserId<'r> for T {
    fn from_userid(userid: &'r str) -> Option<Self> {
        T::from_param(userid).ok()
    }
}

/// Converts the user id to the parameter type of the loader or the nonce handler.
pub fn userid<'r, T: UserId<'r>>(userid: &'r str) -> Option<T> {
    T::from_userid(userid)
}
