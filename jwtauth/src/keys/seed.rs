use base64_simd::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What further keys are derived from: HKDF with SHA-256 (RFC 5869), of which we need no more than two calls of
/// HMAC. Whoever has a derived key learns nothing of the seed, nor of a key with another label.
#[derive(Clone)]
pub(crate) struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// HKDF-Extract (RFC 5869 §2.2) without a salt.
    pub(crate) fn extract(material: &[u8]) -> Self {
        Seed(tag(hmac(&[0; 32]).chain_update(material)))
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

    /// HKDF-Expand (RFC 5869 §2.3), one block of it.
    fn expand(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        tag(hmac(&self.0).chain_update(label).chain_update([1]))
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
    fn the_vector_of_the_rfc() {
        let seed = Seed::extract(&[0x0b; 22]);
        assert!(seed.0.starts_with(&[0x19, 0xef, 0x24, 0xa3, 0x2c, 0x71, 0x7b, 0x16]));
        assert!(seed.expand(b"").starts_with(&[0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f]));
    }
}
