//! Refresh tokens of sessions: opaque text that is computed when needed and never stored.
//!
//! ```text
//! base64url( version (1) | session id (16) | generation (8, big endian) | HMAC-SHA-256 over those (32) )
//! ```
//!
//! The 57 bytes are encoded as 76 characters without unused bits, so each token has one form. A refresh token contains
//! no dot, and every JWT contains two, so the two are never confused.

use base64_simd::{AsOut, URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::claims::session_id::SessionId;
use crate::error::TokenError;
use crate::keys::Seed;

/// A MAC key of refresh tokens. It creates tokens, and verifies that it created a token.
pub(crate) struct RefreshTokenKey {
    id: [u8; 16],
    tokens: Hmac<Sha256>,
    nonces: Hmac<Sha256>,
}

const VERSION: u8 = 1;
const SIGNED: usize = 25;
const BYTES: usize = 57;
const ENCODED: usize = 76;

impl RefreshTokenKey {
    pub(crate) fn new(seed: &Seed) -> Self {
        // Each key has its own label, so that it reveals nothing about the other keys or the signing key.
        RefreshTokenKey {
            id: seed.id(b"jwtauth refresh token key id"),
            tokens: seed.hmac(b"jwtauth refresh token"),
            nonces: seed.hmac(b"jwtauth refresh nonce"),
        }
    }

    /// The id of the key, which the rows of its sessions contain. It is derived from the secret, not from the `kid`:
    /// keys with the same secret have the same id, and a reused `kid` with a new secret has a different id.
    pub(crate) fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Creates the token of a generation of a session. The same arguments always give the same token.
    pub(crate) fn token(&self, id: SessionId, generation: u64) -> String {
        let mut bytes = [0; BYTES];
        let (signed, mac) = bytes.split_at_mut(SIGNED);
        signed[0] = VERSION;
        signed[1..17].copy_from_slice(id.as_bytes());
        signed[17..].copy_from_slice(&generation.to_be_bytes());
        mac.copy_from_slice(&self.mac(signed));
        BASE64.encode_to_string(bytes)
    }

    /// Verifies a token, and returns its session and generation.
    pub(crate) fn open(&self, token: &str) -> Result<(SessionId, u64), TokenError> {
        if token.len() != ENCODED {
            return Err(TokenError::Malformed);
        }
        let mut bytes = [0; BYTES];
        BASE64.decode(token.as_bytes(), bytes.as_mut_slice().as_out()).map_err(|_| TokenError::Malformed)?;
        let (signed, mac) = bytes.split_at(SIGNED);
        if !bool::from(self.mac(signed).ct_eq(mac)) {
            return Err(TokenError::Signature);
        }
        match signed {
            // The MAC is valid, but the version differs: a later version of jwtauth created this token.
            [version, ..] if *version != VERSION => Err(TokenError::Malformed),
            _ => {
                let id = signed[1..17].try_into().map_err(|_| TokenError::Malformed)?;
                let generation = signed[17..].try_into().map_err(|_| TokenError::Malformed)?;
                Ok((SessionId::from_bytes(id), u64::from_be_bytes(generation)))
            }
        }
    }

    /// The digest of the user's nonce for the row of a session. It includes the session id, so that two rows do not
    /// reveal that their nonces are equal.
    pub(crate) fn nonce_digest(&self, id: SessionId, nonce: &str) -> [u8; 32] {
        self.nonces.clone().chain_update(id.as_bytes()).chain_update(nonce).finalize().into_bytes().into()
    }

    fn mac(&self, signed: &[u8]) -> [u8; 32] {
        self.tokens.clone().chain_update(signed).finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SessionId = SessionId::from_bytes([7; 16]);

    fn tokens() -> RefreshTokenKey {
        RefreshTokenKey::new(&Seed::extract(b"the secret of a test"))
    }

    #[test]
    fn refresh_token_holds_session_and_generation() {
        for generation in [0, 1, 1000, u64::MAX] {
            let token = tokens().token(ID, generation);
            assert_eq!(token.len(), ENCODED);
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            assert_eq!(tokens().open(&token), Ok((ID, generation)));
        }
        assert_ne!(tokens().token(ID, 1), tokens().token(ID, 2));
    }

    /// Detects a change of the format or of the key derivation. Such a change would log all users out.
    #[test]
    fn refresh_token_format_is_stable() {
        assert_eq!(
            tokens().token(ID, 258),
            "AQcHBwcHBwcHBwcHBwcHBwcAAAAAAAABArKwlfMWMJg3LQN6dZOGvCqI-OhydLMnM48aZIoID6G3"
        );
    }

    #[test]
    fn refresh_token_key_id_is_stable_and_depends_on_secret() {
        let id = |secret: &[u8]| RefreshTokenKey::new(&Seed::extract(secret)).id();
        assert_eq!(id(b"the secret of a test"), tokens().id());
        assert_ne!(id(b"the secret of another"), tokens().id());
        // Rows contain the id: a change would refuse every session.
        let expected = "nobYcEifnNnHFAwtz6IXyQ";
        assert_eq!(BASE64.encode_to_string(tokens().id()), expected);
    }

    #[test]
    fn refresh_token_with_one_changed_bit_is_refused() {
        let token = tokens().token(ID, 5);
        let bytes = BASE64.decode_to_vec(&token).unwrap();
        for bit in 0..8 * bytes.len() {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(tokens().open(&BASE64.encode_to_string(other)), Err(TokenError::Signature), "bit {bit}");
        }
        let other_key = RefreshTokenKey::new(&Seed::extract(b"the secret of another"));
        assert_eq!(other_key.open(&token), Err(TokenError::Signature));
    }

    #[test]
    fn refresh_token_has_only_one_form() {
        let token = tokens().token(ID, 5);
        for other in [
            String::new(),
            token[..75].to_owned(),
            format!("{token}="),
            format!("{token}A"),
            format!("{}\n", &token[..75]),
            format!(" {}", &token[..75]),
            format!("{}+", &token[..75]),
            format!("{}.", &token[..75]),
            format!("é{}", &token[2..]),
            "A".repeat(100_000),
        ] {
            assert_eq!(tokens().open(&other), Err(TokenError::Malformed), "{other:?}");
        }
    }

    #[test]
    fn nonce_digest_depends_on_session_and_nonce() {
        let tokens = tokens();
        let other = SessionId::from_bytes([8; 16]);
        assert_eq!(tokens.nonce_digest(ID, "n"), tokens.nonce_digest(ID, "n"));
        assert_ne!(tokens.nonce_digest(ID, "n"), tokens.nonce_digest(ID, "m"));
        assert_ne!(tokens.nonce_digest(ID, "n"), tokens.nonce_digest(other, "n"));
    }
}
