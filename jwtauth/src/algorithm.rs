use std::fmt;
use std::str::FromStr;

/// A signature algorithm, named as in RFC 7518 §3.1 and RFC 8037 §3.1.
///
/// A key has exactly one algorithm. A token that names another algorithm is refused before any cryptography (RFC 8725
/// §3.1). The HMAC algorithms are always available. The others need the Cargo feature `asymmetric`, which builds C code
/// and nearly doubles the build time of a Rocket application.
///
/// | algorithm | key | minimum key size |
/// |---|---|---|
/// | `HS256`, `HS384`, `HS512` | a shared secret | 32, 48, 64 bytes |
/// | `ES256`, `ES384`, `ES512` | elliptic curve | P-256, P-384, P-521 exactly |
/// | `RS256`, `RS384`, `RS512` | RSA, PKCS #1 v1.5 padding | 2048 bits |
/// | `PS256`, `PS384`, `PS512` | RSA, PSS padding | 2048 bits |
/// | `EdDSA` | Ed25519 | |
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)] // The table above documents the variants.
pub enum Algorithm {
    #[default]
    HS256,
    HS384,
    HS512,
    ES256,
    ES384,
    ES512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    EdDSA,
}

impl Algorithm {
    /// All algorithms, in the order of the table above.
    pub const ALL: &'static [Algorithm] = &[
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::EdDSA,
    ];

    /// The name of the algorithm: the value of `alg` in a token's header.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::HS256 => "HS256",
            Algorithm::HS384 => "HS384",
            Algorithm::HS512 => "HS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::ES512 => "ES512",
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::PS256 => "PS256",
            Algorithm::PS384 => "PS384",
            Algorithm::PS512 => "PS512",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    /// Whether the algorithm signs and verifies with the same secret (HS256, HS384, HS512).
    pub const fn is_hmac(self) -> bool {
        matches!(self, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
    }

    /// The minimum length of a secret in bytes: the size of the algorithm's hash (RFC 7518 §3.2). 0 for the algorithms
    /// that use a key pair.
    pub const fn min_secret_len(self) -> usize {
        match self {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => 0,
        }
    }

    /// The algorithm with this name in a key or a token of another issuer. `Ed25519` is the name of EdDSA with Ed25519,
    /// the only curve that is supported (RFC 9864 §2.2).
    #[cfg(feature = "issuers")]
    pub(crate) fn of_issuer(name: &str) -> Option<Self> {
        if name == "Ed25519" { Some(Algorithm::EdDSA) } else { name.parse().ok() }
    }

    /// Whether the algorithm uses RSA keys.
    pub(crate) const fn is_rsa(self) -> bool {
        matches!(
            self,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        )
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of an [`Algorithm`]. `none` is not an algorithm either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a signature algorithm")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Names are case-sensitive (RFC 7515 §4.1.1).
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Algorithm::ALL.iter().copied().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
    }
}
