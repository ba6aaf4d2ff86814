//! The members of a JSON object, as they are written.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json;

/// An unparsed member of a JSON object.
pub(super) struct Member<'j> {
    pub(super) name: String,
    /// The name and the value as in the text.
    written_name: &'j str,
    value: &'j str,
}

impl Member<'_> {
    /// The value, if it is a text.
    pub(super) fn text(&self) -> Option<String> {
        serde_json::from_str(self.value).ok()
    }

    /// The value, if it is a text or a list of texts.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        self.text().map(|text| vec![text]).or_else(|| serde_json::from_str(self.value).ok())
    }
}

/// The members of a JSON object in order, including duplicates. Returns `None` if the text is not one JSON object, or
/// is nested too deeply.
pub(super) fn members(text: &str) -> Option<Vec<Member<'_>>> {
    if !json::is_harmless(text) {
        return None;
    }
    let mut rest = text.trim_start_matches(is_space).strip_prefix('{')?;
    let mut members = Vec::new();
    if let Some(after) = rest.trim_start_matches(is_space).strip_prefix('}') {
        return after.trim_start_matches(is_space).is_empty().then_some(members);
    }
    loop {
        let (name, written_name, after) = value::<String>(rest)?;
        let (_, value, after) = value::<IgnoredAny>(after.trim_start_matches(is_space).strip_prefix(':')?)?;
        members.push(Member { name, written_name, value });
        let after = after.trim_start_matches(is_space);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => {
                let after = after.strip_prefix('}')?;
                return after.trim_start_matches(is_space).is_empty().then_some(members);
            }
        }
    }
}

/// An object with only these members.
pub(super) fn object(members: &[&Member<'_>]) -> String {
    let members: Vec<_> = members.iter().map(|member| format!("{}:{}", member.written_name, member.value)).collect();
    format!("{{{}}}", members.join(","))
}

/// Splits the first value off the text. Returns the parsed value, its text, and the rest.
fn value<'j, T: Deserialize<'j>>(text: &'j str) -> Option<(T, &'j str, &'j str)> {
    let text = text.trim_start_matches(is_space);
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = values.next()?.ok()?;
    let (written, rest) = text.split_at_checked(values.byte_offset())?;
    Some((value, written, rest))
}

/// RFC 8259 §2.
fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_an_object_are_found_as_written() {
        let text = r#" { "a" : 1e999,"\u0062":["x",{}] , "a":"}," } "#;
        let found = members(text).expect("an object");
        let found: Vec<_> = found.iter().map(|member| (&*member.name, member.value.trim())).collect();
        assert_eq!(found, [("a", "1e999"), ("b", r#"["x",{}]"#), ("a", r#""},""#)]);
        assert!(members("{}").is_some_and(|members| members.is_empty()));
        for text in ["", "[]", "{", "{}{}", "{,}", r#"{"a"}"#, r#"{"a":1,}"#, r#"{"a":1}x"#, r#"{"a":1 2}"#, "{1:2}"] {
            assert!(members(text).is_none(), "{text}");
        }
    }

    #[test]
    fn object_writes_members_as_they_were_written() {
        let found = members(r#"{"\u0062":[1],"a":"x"}"#).expect("an object");
        assert_eq!(object(&[&found[1], &found[0]]), r#"{"a":"x","\u0062":[1]}"#);
        assert_eq!((found[1].text().as_deref(), found[0].text()), (Some("x"), None));
    }
}
