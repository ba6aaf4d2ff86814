//! Decodes a token independently of the library, to find how it differs from other tokens.

use base64_simd::URL_SAFE_NO_PAD;

/// The content of a token with the right form and a valid signature.
pub(crate) struct DecodedToken {
    pub(crate) length: usize,
    pub(crate) header: String,
    /// `None` if it is not UTF-8.
    pub(crate) payload: Option<String>,
    pub(crate) now: u64,
    pub(crate) leeway: u64,
}

impl DecodedToken {
    pub(crate) fn of(token: &str, now: u64, leeway: u64) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).expect("a token that was accepted");
        DecodedToken {
            length: token.len(),
            header: String::from_utf8(decode(parts[0])).expect("a token that was accepted"),
            payload: String::from_utf8(decode(parts[1])).ok(),
            now,
            leeway,
        }
    }

    /// The raw values of a header parameter.
    pub(crate) fn parameter(&self, name: &str) -> Vec<&str> {
        values(&self.header, name)
    }

    /// The raw values of a claim.
    pub(crate) fn claim(&self, name: &str) -> Vec<&str> {
        self.payload.as_deref().map_or_else(Vec::new, |payload| values(payload, name))
    }

    /// The first value of a claim, as a number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.claim(name).first()?.parse().ok()
    }
}

fn values<'j>(json: &'j str, name: &str) -> Vec<&'j str> {
    members(json).into_iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect()
}

/// The members of a JSON object with their raw values. For other texts, the result is meaningless.
pub(crate) fn members(json: &str) -> Vec<(String, &str)> {
    let json = json.trim_matches(WHITESPACE);
    let Some(inside) = json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Vec::new();
    };
    let mut members = Vec::new();
    for member in split(inside, ',') {
        let (name, value) = match split(member, ':')[..] {
            [name, _, ..] => (name, &member[name.len() + 1..]),
            _ => continue,
        };
        if let Ok(name) = serde_json::from_str(name) {
            members.push((name, value.trim_matches(WHITESPACE)));
        }
    }
    members
}

const WHITESPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Splits at a character outside of strings and brackets.
fn split(json: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, char, depth) in outside_of_strings(json) {
        if depth == 0 && char == at {
            parts.push(&json[start..index]);
            start = index + char.len_utf8();
        }
    }
    parts.push(&json[start..]);
    parts
}

/// The depth of nested objects and arrays.
pub(crate) fn depth(json: &str) -> usize {
    outside_of_strings(json).into_iter().map(|(_, _, depth)| depth).max().unwrap_or(0)
}

/// The characters outside of strings, each with its index and the number of open brackets after it.
fn outside_of_strings(json: &str) -> Vec<(usize, char, usize)> {
    let (mut chars, mut depth, mut in_string, mut escaped) = (Vec::new(), 0_usize, false, false);
    for (index, char) in json.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !in_string {
            chars.push((index, char, depth));
        }
    }
    chars
}

#[test]
fn decoded_token_splits_members_outside_strings_and_brackets() {
    let json = r#" {"a" : {"b":[1,2],"c":":,"}, "\u0061":"}\",\\", "d":-1.5 , "e":[]} "#;
    let expected = [("a", r#"{"b":[1,2],"c":":,"}"#), ("a", r#""}\",\\""#), ("d", "-1.5"), ("e", "[]")];
    assert_eq!(members(json), expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(depth(json), 3);
}
