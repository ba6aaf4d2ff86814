//! Recognizes headers by their encoded bytes, without decoding them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Encoded headers, each with the index of its key.
#[derive(Default)]
pub(super) struct Headers {
    all: Vec<(Box<[u8]>, usize)>,
    /// The index in `all` for each [`fingerprint`]. If two headers have the same fingerprint, only the first is in the
    /// map. The other is decoded like an unknown header.
    places: HashMap<u64, usize, BuildHasherDefault<AsItIs>>,
}

/// With at most this many headers, comparing all of them is faster than a lookup.
const FEW: usize = 4;

impl Headers {
    pub(super) fn add(&mut self, header: &str, key: usize) {
        self.places.entry(fingerprint(header.as_bytes())).or_insert(self.all.len());
        self.all.push((header.as_bytes().into(), key));
    }

    /// The index of the key whose tokens have exactly this header.
    pub(super) fn find(&self, header: &[u8]) -> Option<usize> {
        let found = if self.all.len() <= FEW {
            self.all.iter().find(|(known, _)| **known == *header)
        } else {
            let place = *self.places.get(&fingerprint(header))?;
            self.all.get(place).filter(|(known, _)| **known == *header)
        };
        found.map(|(_, key)| *key)
    }
}

/// A hash of a header. Anybody can construct collisions, but only our own headers are in the map, so an unkeyed hash is
/// sufficient.
fn fingerprint(bytes: &[u8]) -> u64 {
    /// The fractional part of the golden ratio: odd, with well-mixed bits.
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let mut buffer = [0; 8];
        buffer.copy_from_slice(word);
        state = (state.rotate_left(5) ^ u64::from_le_bytes(buffer)).wrapping_mul(MULTIPLIER);
    }
    for byte in words.remainder() {
        state = (state.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(MULTIPLIER);
    }
    state ^ (state >> 32)
}

/// A hasher that returns the fingerprint itself, because it is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_find_each_header_among_any_number() {
        for count in [0, 1, FEW, FEW + 1, 100, 1000] {
            let name = |key: usize| format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6I{key:010}");
            let mut headers = Headers::default();
            for key in 0..count {
                headers.add(&name(key), key);
            }
            for key in 0..count {
                assert_eq!(headers.find(name(key).as_bytes()), Some(key));
            }
            assert_eq!(headers.find(name(count).as_bytes()), None);
            assert_eq!(headers.find(b""), None);
        }
    }
}
