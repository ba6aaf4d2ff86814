use std::fmt;
use std::io;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret key of an HMAC algorithm.
///
/// Its `Debug` output shows neither its bytes nor its length. Comparing two secrets of the same length takes the same
/// time wherever they differ. The bytes are wiped from memory when the secret is dropped. It does not implement
/// `Serialize`.
///
/// ```
/// use jwtauth::Secret;
///
/// let secret = Secret::from("correct horse battery staple, twice over");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Generates `length` random bytes from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// If the operating system provides no randomness.
    pub fn random(length: usize) -> io::Result<Self> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Secret(bytes))
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the secret has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Secret(Zeroizing::new(bytes))
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Secret::from(bytes.to_vec())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Secret::from(text.as_bytes())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
