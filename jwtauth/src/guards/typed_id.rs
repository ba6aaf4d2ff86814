//! User ids as types.

use rocket::request::FromParam;

use super::identity::Identity;
use crate::claims::TypedUserId;

impl<C, R> Identity<C, R> {
    /// The user id as any type that implements Rocket's [`FromParam`], as the first parameter of a
    /// [refresh endpoint](macro@crate::refresh_endpoint).
    ///
    /// `#[claims(userid = …)]` fixes the type once for all routes: then [`id`](Self::id) returns it.
    ///
    /// ```
    /// use jwtauth::Identity;
    /// use rocket::get;
    /// use rocket::http::Status;
    ///
    /// #[get("/next")]
    /// fn next(identity: Identity) -> Result<String, Status> {
    ///     let id: i64 = identity.userid_as().map_err(|_| Status::Forbidden)?;
    ///     Ok((id + 1).to_string())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the type, if the user id does not parse.
    pub fn userid_as<'i, T: FromParam<'i>>(&'i self) -> Result<T, T::Error> {
        T::from_param(self.userid())
    }
}

impl<C: TypedUserId, R> Identity<C, R> {
    /// The user id as the type of `#[claims(userid = …)]`. See [`TypedUserId`].
    ///
    /// # Panics
    ///
    /// If the type is inconsistent: it refuses the user id that it accepted when the token was verified. A client
    /// cannot cause this.
    pub fn id(&self) -> C::UserId {
        // The error is not shown: it may contain the user id.
        self.userid_as().unwrap_or_else(|_| panic!("the type accepted the user id before, and refuses it now"))
    }
}
