//! What both the header and the claims need of JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Objects and arrays may stand in each other so many levels deep. `serde_json` has a limit for what it
/// builds, but none for what it skips.
const MAX_DEPTH: usize = 64;

/// Names that `serde_json` has for values of its own: under one of them, with a feature that any crate may turn
/// on, it parses a string as JSON, and without regard to the depth.
const MAGIC: &str = "$serde_json::private::";

/// Whether the text can be parsed without surprises: it keeps to [`MAX_DEPTH`], and has no name in it that the
/// parser takes for its own. It need not be JSON yet.
pub(crate) fn is_harmless(text: &str) -> bool {
    // Nearly every token has neither of these, and a search for one byte costs next to nothing.
    let is_plain = memchr::memchr2(b'$', b'\\', text.as_bytes()).is_none();
    is_shallow(text) && (is_plain || !has_magic(text))
}

fn has_magic(text: &str) -> bool {
    text.contains(MAGIC) || text.contains("\\u00") && unescaped(text).contains(MAGIC)
}

/// The text with its escapes of ASCII resolved, as far as a name may be written with them.
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

/// Whether the text keeps to [`MAX_DEPTH`].
fn is_shallow(text: &str) -> bool {
    // Nearly every token has fewer brackets than levels are allowed; counting them is vectorized.
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

/// How many values the text has at the most: before each stands a comma, or the bracket that it is the first after.
pub(crate) fn values(text: &str) -> usize {
    count(text, |byte| begins(byte) | (byte == b','))
}

/// How many objects and arrays begin in the text, its strings included.
fn brackets(text: &str) -> usize {
    count(text, begins)
}

/// Whether an object or an array begins with the byte: the two differ in one bit.
fn begins(byte: u8) -> bool {
    byte | 0x20 == b'{'
}

fn count(text: &str, is_wanted: impl Fn(u8) -> bool) -> usize {
    // In sums of single bytes, so that a register holds as many of them as of the text.
    let count = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(is_wanted(*byte))).sum::<u8>();
    text.as_bytes().chunks(255).map(|chunk| usize::from(count(chunk))).sum()
}

/// Takes a member that may stand in its object once.
pub(crate) fn set<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    if slot.is_some() {
        return Err(E::custom("a member that stands there twice"));
    }
    *slot = Some(value);
    Ok(())
}

/// A string, borrowed where nothing in it is escaped.
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
