use std::fmt;
use std::str::FromStr;

use base64_simd::{AsOut, URL_SAFE_NO_PAD as BASE64};
use rocket::request::FromParam;
use serde::{Serialize, Serializer};

/// The id of a session: 128 random bits, written as 22 characters of base64url.
///
/// Access tokens contain it as the claim `sid` (OpenID Connect Front-Channel Logout §3). It may appear in URIs and
/// logs, because it identifies a session but gives no access to it.
///
/// ```
/// use jwtauth::{AuthError, JwtAuth, Session, SessionId};
/// use rocket::delete;
/// use rocket::http::Status;
///
/// #[delete("/sessions/<id>")]
/// async fn end(id: SessionId, session: Session, jwtauth: &JwtAuth) -> Result<Status, AuthError> {
///     // A session of another user is treated like one that does not exist.
///     match jwtauth.end_session(id, session.userid()).await? {
///         true => Ok(Status::NoContent),
///         false => Ok(Status::NotFound),
///     }
/// }
/// ```
///
/// Only the canonical text form is accepted: no padding, no other alphabet, and no extra bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// The text is not a [`SessionId`]: it is not 22 characters of canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSessionId(());

/// The length of an id as text.
const ENCODED: usize = 22;

impl SessionId {
    /// Generates an id with the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// If the operating system provides no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(SessionId(bytes))
    }

    /// Creates an id from its bytes, for stores that keep ids as bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        SessionId(bytes)
    }

    /// The bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        let mut buffer = [0; ENCODED];
        f(BASE64.encode_as_str(&self.0, buffer.as_mut_slice().as_out()))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        if text.len() != ENCODED {
            return Err(InvalidSessionId(()));
        }
        let mut bytes = [0; 16];
        match BASE64.decode(text.as_bytes(), bytes.as_mut_slice().as_out()) {
            Ok(decoded) if decoded.len() == 16 => Ok(SessionId(bytes)),
            _ => Err(InvalidSessionId(())),
        }
    }
}

impl<'p> FromParam<'p> for SessionId {
    type Error = InvalidSessionId;

    fn from_param(param: &'p str) -> Result<Self, InvalidSessionId> {
        param.parse()
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl fmt::Display for InvalidSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the id of a session: that is 22 characters of base64url")
    }
}

impl std::error::Error for InvalidSessionId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_is_parsed_from_its_text() {
        for bytes in [[0; 16], [0xff; 16], std::array::from_fn(|i| i as u8 * 17)] {
            let id = SessionId::from_bytes(bytes);
            assert_eq!(id.to_string().len(), ENCODED);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn session_id_refuses_text_that_is_not_canonical() {
        let good = SessionId::from_bytes([0xff; 16]).to_string();
        assert_eq!(good, "_____________________w");
        for text in [
            "",
            "_____________________x", // extra bits
            "____________________/w",
            "_____________________w=",
            "_____________________w==",
            "____________________w",
            " _____________________",
            "_____________________\n",
            "__________________é_w",
            "_____________________ww",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(InvalidSessionId(())), "{text:?}");
        }
    }
}
