//! JSON helpers shared by the header and the claims.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// The maximum depth of nested objects and arrays. `serde_json` limits the depth of values that it builds, but not of
/// values that it skips.
const MAX_DEPTH: usize = 64;

/// The prefix of names that `serde_json` reserves for its own values. If any crate enables a certain feature, the
/// parser reads a string under such a name as JSON, without a depth limit.
const MAGIC: &str = "$serde_json::private::";

/// Whether the text is safe to parse: it is no deeper than [`MAX_DEPTH`] and contains no name that `serde_json`
/// reserves. The text does not have to be valid JSON.
pub(crate) fn is_harmless(text: &str) -> bool {
    // Nearly every token contains neither byte, and this search is very fast.
    let is_plain = memchr::memchr2(b'$', b'\\', text.as_bytes()).is_none();
    is_shallow(text) && (is_plain || !has_magic(text))
}

fn has_magic(text: &str) -> bool {
    text.contains(MAGIC) || text.contains("\\u00") && unescaped(text).contains(MAGIC)
}

/// Replaces the `\u00XX` escapes in the text.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u00");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(char::from(byte));
                plain.push_str(&part[2..]);
            }
            None => plain.push_str(part),
        }
    }
    plain
}

/// Whether the text is no deeper than [`MAX_DEPTH`].
fn is_shallow(text: &str) -> bool {
    // Nearly every token has fewer brackets than [`MAX_DEPTH`]. Counting them is vectorized.
    if brackets(text) <= MAX_DEPTH {
        return true;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

/// An upper bound for the number of values in the text: each value follows a comma or an opening bracket.
pub(crate) fn values(text: &str) -> usize {
    count(text, |byte| begins(byte) | (byte == b','))
}

/// The number of opening brackets in the text, including those in strings.
fn brackets(text: &str) -> usize {
    count(text, begins)
}

/// Whether the byte opens an object or an array. `{` and `[` differ in one bit.
fn begins(byte: u8) -> bool {
    byte | 0x20 == b'{'
}

fn count(text: &str, is_wanted: impl Fn(u8) -> bool) -> usize {
    // Sums of single bytes vectorize best. A chunk of 255 bytes cannot overflow one.
    let count = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(is_wanted(*byte))).sum::<u8>();
    text.as_bytes().chunks(255).map(|chunk| usize::from(count(chunk))).sum()
}

/// Stores a member. Fails if the object contains it twice.
pub(crate) fn set<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    if slot.is_some() {
        return Err(E::custom("a duplicate member"));
    }
    *slot = Some(value);
    Ok(())
}

/// A string. It is borrowed if it contains no escapes.
pub(crate) struct Text<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_depth_is_counted_outside_of_strings() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(is_shallow(&nested(MAX_DEPTH)));
        assert!(!is_shallow(&nested(MAX_DEPTH + 1)));
        assert!(is_shallow(&format!("[{:?}]", "[".repeat(1000))));
        assert!(is_shallow(&"[],".repeat(1000)));
        for length in [0, 1, 254, 255, 256, 510, 511, 1000] {
            assert_eq!(brackets(&"[{".repeat(length)), 2 * length);
        }
        assert_eq!(brackets("]};K\u{7f}"), 0);
        assert_eq!(values(r#"{"a":[1,2,{}],"b":3}"#), 6);
        // An escaped quote does not end a string, and an escaped backslash does not escape the quote.
        assert!(is_shallow(&format!(r#"["\"{}"]"#, "[".repeat(1000))));
        assert!(!is_shallow(&format!(r#"["\\",{}"#, "[".repeat(1000))));
    }
}
