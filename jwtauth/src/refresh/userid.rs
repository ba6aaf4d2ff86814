use rocket::request::FromParam;

/// What the first parameter of a loader or nonce handler can be.
#[diagnostic::on_unimplemented(
    message = "a user id can't be read into `{Self}`",
    label = "the first parameter receives the verified user id",
    note = "write `&str`, `String`, a number or any other type that is `FromParam`; guards come after it"
)]
pub trait UserId<'r>: Sized {
    #[doc(hidden)]
    fn from_userid(userid: &'r str) -> Option<Self>;
}

// Not to be told of traits and types of Rocket's that are no answer.
#[diagnostic::do_not_recommend]
impl<'r, T: FromParam<'r>> UserId<'r> for T {
    fn from_userid(userid: &'r str) -> Option<Self> {
        T::from_param(userid).ok()
    }
}

/// The user id as the loader or the nonce handler wants it.
pub fn userid<'r, T: UserId<'r>>(userid: &'r str) -> Option<T> {
    T::from_userid(userid)
}
