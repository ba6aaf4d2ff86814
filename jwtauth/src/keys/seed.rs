use base64_simd::URL_SAFE_NO_PAD as BASE64;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A seed from which other keys are derived by HKDF with SHA-256 (RFC 5869). A derived key reveals nothing about the
/// seed or about keys with other labels.
#[derive(Clone)]
pub(crate) struct Seed(Hkdf<Sha256>);

impl Seed {
    /// HKDF-Extract (RFC 5869 §2.2) without a salt.
    pub(crate) fn extract(material: &[u8]) -> Self {
        Seed(Hkdf::new(None, material))
    }

    /// A name for the seed that reveals nothing about it.
    pub(crate) fn name(&self) -> String {
        // 72 bits are enough to distinguish keys. Nobody chooses keys for their names.
        BASE64.encode_to_string(&tag(self.hmac(b"jwtauth kid"))[..9])
    }

    /// The id with this label. The same secret always gives the same id, and no other use of the secret gives it.
    /// Testing a guess of the secret against an id is as slow as against a token.
    pub(crate) fn id(&self, label: &[u8]) -> [u8; 16] {
        let tag = tag(self.hmac(label));
        std::array::from_fn(|i| tag[i])
    }

    /// The HMAC key with this label.
    pub(crate) fn hmac(&self, label: &[u8]) -> Hmac<Sha256> {
        hmac(&self.expand(label))
    }

    /// HKDF-Expand (RFC 5869 §2.3).
    fn expand(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // The length is constant and far below the limit of 255 blocks.
        self.0.expand(label, &mut *key).expect("32 bytes are one block of HKDF with SHA-256");
        key
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC pads a key with zeros to a full block (RFC 2104 §2). Padding it here makes the constructor infallible.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}

fn tag(hmac: Hmac<Sha256>) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869 appendix A.3.
    #[test]
    fn seed_expands_as_in_rfc_5869() {
        let seed = Seed::extract(&[0x0b; 22]);
        assert!(seed.expand(b"").starts_with(&[0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f]));
    }
}
