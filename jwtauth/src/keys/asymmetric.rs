//! Key pairs and public keys: reading them, signing and verifying.

use aws_lc_rs::encoding::{AsBigEndian, AsDer};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self as sig, KeyPair as _, ParsedPublicKey, VerificationAlgorithm};
use base64_simd::URL_SAFE_NO_PAD as BASE64;
use zeroize::Zeroizing;

use super::recognized;
use super::recognized::Half;
use super::{Seed, der, small_order};
use crate::algorithm::Algorithm;
use crate::error::KeyError;

/// A private key and its public key.
pub(crate) struct KeyPair {
    private: PrivateKey,
    public: PublicKey,
}

impl KeyPair {
    /// Reads both keys. Without `public`, the public key is derived. Otherwise a signature proves that the two belong
    /// together.
    pub(crate) fn new(algorithm: Algorithm, private: &[u8], public: Option<&[u8]>) -> Result<Self, KeyError> {
        let private = PrivateKey::new(algorithm, private)?;
        let public = match public {
            Some(public) => PublicKey::new(algorithm, public)?,
            None => private.public(algorithm)?,
        };
        let pair = KeyPair { private, public };
        let proof = pair.private.signature(b"proof")?;
        match pair.public.key.verify_sig(b"proof", &proof) {
            Ok(()) => Ok(pair),
            Err(_) => Err(KeyError::NotAPair),
        }
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A seed that depends only on the key, not on its encoding.
    pub(crate) fn seed(&self) -> Result<Seed, KeyError> {
        let unreadable = |_| KeyError::Unreadable;
        Ok(match &self.private {
            PrivateKey::Ec(pair) => Seed::extract(pair.private_key().as_be_bytes().map_err(unreadable)?.as_ref()),
            PrivateKey::Rsa(pair, _) => Seed::extract(pair.as_der().map_err(unreadable)?.as_ref()),
            PrivateKey::Ed25519(pair) => {
                let seed = pair.seed().map_err(unreadable)?;
                Seed::extract(seed.as_be_bytes().map_err(unreadable)?.as_ref())
            }
        })
    }

    pub(crate) fn sign(&self, token: &mut String) -> Result<(), KeyError> {
        let signature = self.private.signature(token.as_bytes())?;
        token.push('.');
        BASE64.encode_append(&signature, token);
        Ok(())
    }
}

/// A parsed public key.
pub(crate) struct PublicKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl PublicKey {
    pub(crate) fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let der = section(bytes, Half::Public)?;
        if algorithm == Algorithm::EdDSA && small_order::is_small_order(&der) {
            return Err(KeyError::WrongKind { algorithm, found: "a point of small order, for which anyone can sign" });
        }
        let key = ParsedPublicKey::new(verification(algorithm), &der);
        match key {
            // Parsing does not check the size of an RSA key. With a smaller key, every verification would fail.
            Ok(key) if !algorithm.is_rsa() || rsa_bits(&der).is_some_and(|bits| bits >= 2048) => {
                Ok(PublicKey { algorithm, key })
            }
            _ => Err(misfit(algorithm, Half::Public, &der)),
        }
    }

    /// Creates a key from the checked content of a JWK: an uncompressed point with its prefix byte, the DER of an RSA
    /// key, or the bytes of an Ed25519 key. Returns `None` if the content is not a valid key.
    #[cfg(feature = "issuers")]
    pub(super) fn from_members(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        if algorithm == Algorithm::EdDSA && small_order::is_small_order(bytes) {
            return None;
        }
        let key = ParsedPublicKey::new(verification(algorithm), bytes).ok()?;
        Some(PublicKey { algorithm, key })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key in the encoding in which it was read: one of two kinds of DER, or the bare point.
    pub(super) fn bytes(&self) -> &[u8] {
        self.key.as_ref()
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        // The largest signature has 1024 bytes: RSA with 8192 bits.
        let mut buffer = [0; 1024];
        if BASE64.estimated_decoded_length(signature.len()) > buffer.len() {
            return false;
        }
        match BASE64.decode(signature, base64_simd::Out::from_slice(&mut buffer)) {
            Ok(signature) => self.key.verify_sig(message, signature).is_ok(),
            Err(_) => false,
        }
    }
}

enum PrivateKey {
    Ec(sig::EcdsaKeyPair),
    Rsa(sig::RsaKeyPair, &'static dyn sig::RsaEncoding),
    Ed25519(sig::Ed25519KeyPair),
}

impl PrivateKey {
    fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let der = section(bytes, Half::Private)?;
        let key = match Signing::of(algorithm) {
            Signing::Ec(signing) => ec(signing, &der).map(PrivateKey::Ec),
            Signing::Rsa(padding) => rsa_pair(&der).map(|key| PrivateKey::Rsa(key, padding)),
            Signing::Ed25519 => ed25519(&der).map(PrivateKey::Ed25519),
        };
        key.ok_or_else(|| misfit(algorithm, Half::Private, &der))
    }

    fn public(&self, algorithm: Algorithm) -> Result<PublicKey, KeyError> {
        let bytes = match self {
            PrivateKey::Ec(pair) => pair.public_key().as_ref(),
            PrivateKey::Rsa(pair, _) => pair.public_key().as_ref(),
            PrivateKey::Ed25519(pair) => pair.public_key().as_ref(),
        };
        let key = ParsedPublicKey::new(verification(algorithm), bytes).map_err(|_| KeyError::Unreadable)?;
        Ok(PublicKey { algorithm, key })
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        let signature = match self {
            PrivateKey::Ec(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            PrivateKey::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &random, message, &mut signature).map(|()| signature)
            }
            PrivateKey::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        };
        signature.map_err(|_| KeyError::SigningFailed)
    }
}

enum Signing {
    Ec(&'static sig::EcdsaSigningAlgorithm),
    Rsa(&'static dyn sig::RsaEncoding),
    Ed25519,
}

impl Signing {
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::ES256 => Signing::Ec(&sig::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => Signing::Ec(&sig::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ES512 => Signing::Ec(&sig::ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::RS256 => Signing::Rsa(&sig::RSA_PKCS1_SHA256),
            Algorithm::RS384 => Signing::Rsa(&sig::RSA_PKCS1_SHA384),
            Algorithm::RS512 => Signing::Rsa(&sig::RSA_PKCS1_SHA512),
            Algorithm::PS256 => Signing::Rsa(&sig::RSA_PSS_SHA256),
            Algorithm::PS384 => Signing::Rsa(&sig::RSA_PSS_SHA384),
            Algorithm::PS512 => Signing::Rsa(&sig::RSA_PSS_SHA512),
            // `KeyRing` has excluded the HMAC algorithms before.
            Algorithm::EdDSA | Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => Signing::Ed25519,
        }
    }
}

fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::ES256 => &sig::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &sig::ECDSA_P384_SHA384_FIXED,
        Algorithm::ES512 => &sig::ECDSA_P521_SHA512_FIXED,
        Algorithm::RS256 => &sig::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &sig::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &sig::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &sig::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &sig::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &sig::RSA_PSS_2048_8192_SHA512,
        Algorithm::EdDSA | Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => &sig::ED25519,
    }
}

/// The PEM labels of this half.
fn labels(half: Half) -> &'static [&'static str] {
    match half {
        Half::Private => &["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"],
        Half::Public => &["PUBLIC KEY", "RSA PUBLIC KEY"],
    }
}

/// The DER of the first PEM section with this half. Bytes that are not PEM are treated as DER.
fn section(bytes: &[u8], half: Half) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    if memchr::memmem::find(bytes, BEGIN).is_none() {
        return whole(Zeroizing::new(bytes.to_vec()), half);
    }
    let mut sections = pem::parse_many(bytes).map_err(|_| recognized::broken_pem(bytes, false))?;
    let fault = |found| Err(KeyError::WrongContent { wanted: half.name(), found });
    if let Some(place) = sections.iter().position(|section| labels(half).contains(&section.tag())) {
        let section = sections.swap_remove(place);
        if section.headers().get("Proc-Type").is_some() {
            return fault(recognized::ENCRYPTED);
        }
        return whole(Zeroizing::new(section.into_contents()), half);
    }
    if sections.is_empty() {
        return Err(recognized::broken_pem(bytes, true));
    }
    let labels: Vec<&str> = sections.iter().map(pem::Pem::tag).collect();
    fault(recognized::in_pem(&labels, half))
}

/// Accepts only one complete DER sequence. The libraries would also accept a bare point, which any bytes could be, and
/// would ignore bytes after a key.
fn whole(der: Zeroizing<Vec<u8>>, half: Half) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if der::is_one_sequence(&der) { Ok(der) } else { Err(recognized::no_key(&der, half)) }
}

/// The error for a key that is not the wanted one.
fn misfit(algorithm: Algorithm, half: Half, der: &[u8]) -> KeyError {
    match (half, private_kind(der), public_kind(der)) {
        (Half::Private, Some(found), _) | (Half::Public, _, Some(found)) => KeyError::WrongKind { algorithm, found },
        (Half::Private, None, Some(_)) => KeyError::WrongContent { wanted: half.name(), found: "a public key" },
        (Half::Public, Some(_), None) => KeyError::WrongContent { wanted: half.name(), found: "a private key" },
        (_, None, None) => recognized::no_key(der, half),
    }
}

fn ec(signing: &'static sig::EcdsaSigningAlgorithm, der: &[u8]) -> Option<sig::EcdsaKeyPair> {
    // This reads both SEC 1 and PKCS #8.
    sig::EcdsaKeyPair::from_private_key_der(signing, der).ok()
}

fn rsa_pair(der: &[u8]) -> Option<sig::RsaKeyPair> {
    let key = sig::RsaKeyPair::from_pkcs8(der).or_else(|_| sig::RsaKeyPair::from_der(der)).ok()?;
    (256..=1024).contains(&key.public_modulus_len()).then_some(key)
}

fn ed25519(der: &[u8]) -> Option<sig::Ed25519KeyPair> {
    // Version 1 of PKCS #8 contains no public key to compare. `KeyPair::new` checks the pair.
    sig::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()
}

/// Finds the type of a private key by trying all types. Only used for an error message.
fn private_kind(der: &[u8]) -> Option<&'static str> {
    if ec(&sig::ECDSA_P256_SHA256_FIXED_SIGNING, der).is_some() {
        Some("an EC key on the curve P-256")
    } else if ec(&sig::ECDSA_P384_SHA384_FIXED_SIGNING, der).is_some() {
        Some("an EC key on the curve P-384")
    } else if ec(&sig::ECDSA_P521_SHA512_FIXED_SIGNING, der).is_some() {
        Some("an EC key on the curve P-521")
    } else if ed25519(der).is_some() {
        Some("an Ed25519 key")
    } else if rsa_pair(der).is_some() {
        Some("an RSA key")
    } else {
        let rejected = |reason: &str| {
            let is = |error: aws_lc_rs::error::KeyRejected| error.description_() == reason;
            sig::RsaKeyPair::from_pkcs8(der).is_err_and(is) || sig::RsaKeyPair::from_der(der).is_err_and(is)
        };
        if rejected("TooSmall") {
            Some("an RSA key under 2048 bits")
        } else if rejected("TooLarge") {
            Some("an RSA key over 8192 bits")
        } else {
            None
        }
    }
}

/// Like [`private_kind`], for a public key.
fn public_kind(der: &[u8]) -> Option<&'static str> {
    let is = |algorithm: &'static dyn VerificationAlgorithm| ParsedPublicKey::new(algorithm, der).is_ok();
    if is(&sig::ECDSA_P256_SHA256_FIXED) {
        Some("an EC key on the curve P-256")
    } else if is(&sig::ECDSA_P384_SHA384_FIXED) {
        Some("an EC key on the curve P-384")
    } else if is(&sig::ECDSA_P521_SHA512_FIXED) {
        Some("an EC key on the curve P-521")
    } else if is(&sig::ED25519) {
        Some("an Ed25519 key")
    } else if is(&sig::RSA_PKCS1_2048_8192_SHA256) {
        // The size can be read only from usable keys. For others it is estimated from the length, most of which is the
        // modulus.
        Some(match (rsa_bits(der), der.len()) {
            (Some(2048..), _) => "an RSA key",
            (_, 1024..) => "an RSA key over 8192 bits",
            _ => "an RSA key under 2048 bits",
        })
    } else {
        None
    }
}

/// The size of a public RSA key in bits.
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let key = rsa::PublicKey::from_der(der).ok()?;
    let key = rsa::PublicEncryptingKey::from_der(key.as_der().ok()?.as_ref()).ok()?;
    Some(key.key_size_bits())
}
