use serde_json::Value;

use crate::shown;

/// The keys of a JWK set that are not used, for the log. Only the first are kept, because a set of 256 KiB has room for
/// thousands.
#[derive(Default)]
pub(crate) struct Skipped {
    lines: Vec<String>,
    more: usize,
}

/// The maximum number of keys that are logged one by one.
pub(super) const MAX_LINES: usize = 100;

impl Skipped {
    /// Adds the key at this place in the list `keys`. The reason is only computed if it is kept.
    pub(super) fn add(&mut self, place: usize, jwk: &Value, reason: impl FnOnce() -> String) {
        if self.lines.len() == MAX_LINES {
            self.more += 1;
            return;
        }
        let kid = match jwk.get("kid").and_then(Value::as_str) {
            Some(kid) => format!("`kid` is {}", shown::text(kid)),
            None => "no `kid`".to_owned(),
        };
        self.lines.push(format!("`keys[{place}]` ({kid}) is skipped: {}", reason()));
    }

    /// The described keys.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Logs each key once.
    pub(super) fn log(&self, issuer: &str) {
        for line in &self.lines {
            rocket::info!("jwtauth: the issuer {issuer}: {line}");
        }
        if self.more > 0 {
            rocket::info!("jwtauth: the issuer {issuer}: {} more keys are skipped", self.more);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn skipped_key_is_described_in_bounded_and_escaped_text() {
        let mut skipped = Skipped::default();
        let long = "k".repeat(1000);
        for (place, kid) in [json!("a\n\u{1b}[2J`"), json!(7), json!(long)].iter().enumerate() {
            skipped.add(place, &json!({ "kid": kid }), || "no reason".to_owned());
        }
        skipped.add(3, &json!("text"), || "no reason".to_owned());
        assert_eq!(
            skipped.lines,
            [
                "`keys[0]` (`kid` is `a\\n\\u{1b}[2J``) is skipped: no reason",
                "`keys[1]` (no `kid`) is skipped: no reason",
                &format!("`keys[2]` (`kid` is `{}…`) is skipped: no reason", "k".repeat(64)),
                "`keys[3]` (no `kid`) is skipped: no reason",
            ]
        );
        for place in 4..1000 {
            skipped.add(place, &json!({}), || "no reason".to_owned());
        }
        assert_eq!((skipped.lines.len(), skipped.more), (MAX_LINES, 900));
    }
}
