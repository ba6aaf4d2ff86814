/// The name of the table. It contains only characters without a special meaning in SQL.
pub(super) struct Table {
    schema: Option<String>,
    name: String,
}

impl Table {
    pub(super) const DEFAULT: &str = "jwtauth_sessions";

    /// Parses `NAME` or `SCHEMA.NAME`. `None` if it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        (is_name(name) && schema.is_none_or(is_name))
            .then(|| Table { schema: schema.map(str::to_owned), name: name.to_owned() })
    }

    /// The name in SQL. It is quoted, because it may be a keyword.
    pub(super) fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("\"{schema}\".\"{}\"", self.name),
            None => format!("\"{}\"", self.name),
        }
    }
}

/// PostgreSQL truncates names that are longer than 63 bytes.
fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Option<String> {
        Table::parse(text).map(|table| table.quoted())
    }

    #[test]
    fn table_name_must_be_a_plain_identifier() {
        assert_eq!(quoted(Table::DEFAULT).as_deref(), Some("\"jwtauth_sessions\""));
        assert_eq!(quoted("app.user").as_deref(), Some("\"app\".\"user\""));
        assert_eq!(quoted("_1").as_deref(), Some("\"_1\""));
        assert!(quoted(&"x".repeat(63)).is_some());
        for text in ["", "1x", "X", "a.b.c", ".a", "a.", "a b", "a\"b", "a'b", "a;b", "ä", "a\0", &"x".repeat(64)] {
            assert_eq!(quoted(text), None, "{text:?}");
        }
    }
}
