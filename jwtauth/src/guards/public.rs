use std::convert::Infallible;

use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};

use crate::request::state::RequestState;

/// The guard of a route that is open on purpose.
///
/// In the debug profile, a route that answers without a guard of this crate logs a warning, because it may be open by
/// accident. This guard prevents the warning. For routes without a function, such as a file server, use
/// [`guarded::<Public>`](crate::guarded).
///
/// ```
/// use jwtauth::Public;
/// use rocket::get;
///
/// #[get("/")]
/// fn index(_public: Public) -> &'static str {
///     "Welcome"
/// }
/// ```
///
/// # Outcome
///
/// - **Succeeds** always.
#[derive(Clone, Copy, Debug)]
pub struct Public;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Public {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        RequestState::of(request).note_guard(request);
        Outcome::Success(Public)
    }
}
