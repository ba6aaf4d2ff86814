use rocket::request::FromParam;

/// The type of the user ids of a claims type. It is used for checking them.
#[derive(Clone, Copy, Debug)]
pub struct UserIdOfClaims {
    name: &'static str,
    parses: fn(&str) -> bool,
}

/// For generated code only. A [`TypedUserId`](crate::TypedUserId) that is implemented by hand would not check the user
/// ids.
#[derive(Clone, Copy, Debug)]
pub struct CheckedUserId;

impl UserIdOfClaims {
    /// The type `T`, with its name in the source code.
    pub fn new<T: for<'a> FromParam<'a>>(name: &'static str) -> Self {
        UserIdOfClaims { name, parses: |userid| T::from_param(userid).is_ok() }
    }

    /// The name of the type, if this user id does not parse as it.
    pub(super) fn refuses(self, userid: &str) -> Option<&'static str> {
        (!(self.parses)(userid)).then_some(self.name)
    }
}
