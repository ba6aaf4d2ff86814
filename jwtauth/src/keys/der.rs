//! Recognizes keys by their outer encoding.

/// Whether the bytes are exactly one DER SEQUENCE, as all keys are.
pub(super) fn is_one_sequence(bytes: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = bytes else {
        return false;
    };
    match usize::from(*length) {
        short @ 0..=0x7f => rest.len() == short,
        long @ 0x81..=0x84 => match rest.split_at_checked(long - 0x80) {
            Some((length, content)) => {
                content.len() == length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
            }
            None => false,
        },
        _ => false,
    }
}

/// Splits DER into the tag and content of its first element, and the bytes after it. Lengths of more than four bytes
/// are not supported, because no key needs them.
#[cfg(feature = "asymmetric")]
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = bytes else {
        return None;
    };
    let (length, rest) = match usize::from(*length) {
        short @ 0..=0x7f => (short, rest),
        long @ 0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(long - 0x80)?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// Whether a secret is actually a key: DER, or one of the usual text formats of keys.
pub(crate) fn looks_like_a_key(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    // UTF-16 has a zero byte in each ASCII character.
    let text: String = text.chars().filter(|char| *char != '\0').collect();
    let text = text.trim_start_matches(|char: char| char.is_whitespace() || !char.is_ascii());
    is_key_sequence(bytes)
        || text.contains("-----BEGIN ")
        || text.starts_with("ssh-")
        || text.starts_with("ecdsa-sha2-")
        || text.starts_with('{') && text.contains("\"kty\"")
}

/// Whether the bytes are a SEQUENCE that begins with an algorithm or a version, like those of keys. Random bytes do so
/// once in several million cases.
fn is_key_sequence(bytes: &[u8]) -> bool {
    let content = match bytes.get(1) {
        Some(length @ 0x81..) => usize::from(length - 0x80) + 2,
        _ => 2,
    };
    // Text is excluded: every key contains an OID or a version in binary.
    let is_binary = bytes.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    is_binary && is_one_sequence(bytes) && matches!(bytes.get(content), Some(0x30 | 0x02))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_sequence_must_end_at_the_last_byte() {
        let long = [&[0x30, 0x81, 200][..], &[0; 200]].concat();
        assert!(is_one_sequence(&[0x30, 0]));
        assert!(is_one_sequence(&[0x30, 2, 5, 0]));
        assert!(is_one_sequence(&long));
        for other in [&[][..], &[0x30], &[0x31, 0], &[0x30, 1], &[0x30, 0, 0], &[0x30, 0x80, 0, 0], &long[..202]] {
            assert!(!is_one_sequence(other));
        }
        assert!(!is_one_sequence(&[0x30, 0x85, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn looks_like_a_key_recognizes_keys_but_not_secrets() {
        let utf16: Vec<u8> = "\u{feff}-----BEGIN PUBLIC KEY-----".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for key in [&b"ssh-ed25519 AAAAC3"[..], b" {\"kty\": \"RSA\"}", b"\n-----BEGIN PUBLIC KEY-----", &utf16] {
            assert!(looks_like_a_key(key));
        }
        let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0][..], &[7; 32]].concat();
        assert!(looks_like_a_key(&spki));
        for secret in [&b"a secret of thirty-two characters"[..], b"{braces}", b"0123456789abcdef", &[0x31; 50]] {
            assert!(!looks_like_a_key(secret));
        }
    }
}
