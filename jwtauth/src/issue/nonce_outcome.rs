use std::fmt::Display;

use rocket::outcome::Outcome;
use rocket::request;

use super::nonce::Nonce;

/// A guard of the nonce handler, or the result of the handler if the guard did not succeed: a guard with a 5xx status
/// makes the nonce unavailable, any other status refuses the request.
pub fn nonce_guard<G, E>(outcome: request::Outcome<G, E>) -> Result<G, Nonce> {
    match outcome {
        Outcome::Success(guard) => Ok(guard),
        Outcome::Error((status, _)) | Outcome::Forward(status) if status.code >= 500 => {
            Err(Nonce::Unavailable(format!("a guard failed with {status}")))
        }
        Outcome::Error(_) | Outcome::Forward(_) => Err(Nonce::Refused),
    }
}

/// The return types allowed for a nonce handler.
#[diagnostic::on_unimplemented(
    message = "a refresh nonce handler can't return `{Self}`",
    label = "not what a nonce handler returns",
    note = "return `Option<String>` or `Result<Option<String>, E>`, where `E` is `Display`: `None` says that the user is gone"
)]
pub trait NonceOutcome {
    #[doc(hidden)]
    fn nonce(self) -> Nonce;
}

impl NonceOutcome for Option<String> {
    fn nonce(self) -> Nonce {
        self.map_or(Nonce::NoSuchUser, Nonce::Is)
    }
}

impl<E: Display> NonceOutcome for Result<Option<String>, E> {
    fn nonce(self) -> Nonce {
        match self {
            Ok(nonce) => nonce.nonce(),
            Err(error) => Nonce::Unavailable(error.to_string()),
        }
    }
}

/// Converts the return value of the handler.
pub fn nonce_is<R: NonceOutcome>(result: R) -> Nonce {
    result.nonce()
}
