use std::fmt;

use crate::algorithm::Algorithm;

/// Why a key can't be used. The text explains how to fix the problem. It never contains any part of the key.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The algorithm needs the Cargo feature `asymmetric`.
    NotCompiled(Algorithm),
    /// The algorithm takes a secret, not a key pair.
    SecretWanted(Algorithm),
    /// The algorithm takes a key pair, not a secret.
    NoSecretWanted(Algorithm),
    /// The secret is shorter than the algorithm's hash (RFC 7518 §3.2).
    SecretTooShort {
        /// The algorithm.
        algorithm: Algorithm,
        /// The minimum length in bytes.
        least: usize,
        /// The actual length in bytes.
        found: usize,
    },
    /// The key does not have the type, curve or size that the algorithm needs.
    WrongKind {
        /// The algorithm.
        algorithm: Algorithm,
        /// The type of the key.
        found: &'static str,
    },
    /// A key (PEM, DER, OpenSSH, JWK) was given as a secret. If it is a public key, everybody knows that secret.
    KeyAsSecret,
    /// The content is not PEM or DER of a key of a known type.
    Unreadable,
    /// The PEM can't be read.
    BrokenPem {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The type or curve of the key is not supported.
    Unsupported {
        /// The type of the key.
        found: &'static str,
    },
    /// The content is known, but it is not the wanted half of a key pair.
    WrongContent {
        /// The expected content: `private key` or `public key`.
        wanted: &'static str,
        /// The content that was found, and how to get a key from it.
        found: &'static str,
    },
    /// The private key and the public key do not belong together: the public key does not verify signatures of the
    /// private key.
    NotAPair,
    /// No private key or secret is configured, or none of them is in force yet.
    NoPrivateKey,
    /// Two keys of a ring have the same `kid`.
    DoubleKid,
    /// The cryptographic library refused to sign.
    SigningFailed,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::NotCompiled(algorithm) => {
                write!(
                    f,
                    "{algorithm} needs the Cargo feature `asymmetric` of jwtauth, which this program was built without"
                )
            }
            KeyError::SecretWanted(algorithm) => {
                write!(f, "{algorithm} works with a secret, not with a key pair")
            }
            KeyError::NoSecretWanted(algorithm) => {
                write!(f, "{algorithm} works with a key pair, not with a secret")
            }
            KeyError::SecretTooShort { algorithm, least, found } => {
                write!(f, "{algorithm} needs a secret of at least {least} bytes (RFC 7518 §3.2); this one has {found}")
            }
            KeyError::WrongKind { algorithm, found } => {
                write!(f, "{algorithm} needs {}; this is {found}", wanted(*algorithm))
            }
            KeyError::KeyAsSecret => f.write_str("this is a key (PEM, DER, OpenSSH or JWK), not a secret"),
            KeyError::Unreadable => {
                f.write_str("this is neither PEM nor DER of an RSA, EC (P-256, P-384, P-521) or Ed25519 key")
            }
            KeyError::BrokenPem { problem } => write!(f, "this is a PEM {problem}"),
            KeyError::Unsupported { found } => {
                write!(f, "this is {found}; there are algorithms for RSA, EC (P-256, P-384, P-521) and Ed25519 keys")
            }
            KeyError::WrongContent { wanted, found } => write!(f, "it contains no {wanted}, but {found}"),
            KeyError::NotAPair => {
                f.write_str("the public key does not verify what the private key signs: they are not a pair")
            }
            KeyError::NoPrivateKey => f.write_str("there is no key to sign with, or none that is in force"),
            KeyError::DoubleKid => f.write_str("two keys have the same `kid`"),
            KeyError::SigningFailed => f.write_str("the signature could not be made"),
        }
    }
}

impl std::error::Error for KeyError {}

fn wanted(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => "a secret",
        Algorithm::ES256 => "an EC key on the curve P-256",
        Algorithm::ES384 => "an EC key on the curve P-384",
        Algorithm::ES512 => "an EC key on the curve P-521",
        Algorithm::EdDSA => "an Ed25519 key",
        _ => "an RSA key of 2048 to 8192 bits",
    }
}
