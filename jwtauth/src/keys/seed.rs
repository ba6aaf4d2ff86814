use base64_simd::URL_SAFE_NO_PAD as BASE64;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What further keys are derived from, by HKDF with SHA-256 (RFC 5869). Whoever has a derived key learns nothing of the seed, nor of a key with another label.
#[derive(Clone)]
pub(crate) struct Seed(Hkdf<Sha256>);

impl Seed {
    /// HKDF-Extract (RFC 5869 §2.2) without a salt.
    pub(crate) fn extract(material: &[u8]) -> Self {
        Seed(Hkdf::new(None, material))
    }

    /// A name for what this was made from, which tells nothing of it.
    pub(crate) fn name(&self) -> String {
        // 72 bits: enough to tell apart keys that nobody chose for their names.
        BASE64.encode_to_string(&tag(self.hmac(b"jwtauth kid"))[..9])
    }

    /// An id of this label: the same for the same secret, and no other use of the secret has it. A guess at the secret
    /// costs as much to check against an id as against a token.
    pub(crate) fn id(&self, label: &[u8]) -> [u8; 16] {
        let tag = tag(self.hmac(label));
        std::array::from_fn(|i| tag[i])
    }

    /// The key of this label, ready for HMAC.
    pub(crate) fn hmac(&self, label: &[u8]) -> Hmac<Sha256> {
        hmac(&self.expand(label))
    }

    /// HKDF-Expand (RFC 5869 §2.3).
    fn expand(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // The length is constant, and far below the limit of 255 blocks.
        self.0.expand(label, &mut *key).expect("32 bytes are one block of HKDF with SHA-256");
        key
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC fills a key up with zeros to a whole block (RFC 2104 §2); doing it here leaves nothing that can fail.
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
