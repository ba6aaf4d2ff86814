/// The values of `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Returns `None` for an unknown name, which serde reports.
    pub(super) fn named(name: &str) -> Option<Case> {
        Some(match name {
            "lowercase" => Case::Lower,
            "UPPERCASE" => Case::Upper,
            "PascalCase" => Case::Pascal,
            "camelCase" => Case::Camel,
            "snake_case" => Case::Snake,
            "SCREAMING_SNAKE_CASE" => Case::ScreamingSnake,
            "kebab-case" => Case::Kebab,
            "SCREAMING-KEBAB-CASE" => Case::ScreamingKebab,
            _ => return None,
        })
    }

    /// Like serde, assumes that fields are in `snake_case`.
    pub(super) fn of_field(self, field: &str) -> String {
        match self {
            Case::Lower | Case::Snake => field.to_owned(),
            Case::Upper | Case::ScreamingSnake => field.to_ascii_uppercase(),
            Case::Pascal => pascal(field),
            Case::Camel => first_to_lower(&pascal(field)),
            Case::Kebab => field.replace('_', "-"),
            Case::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(snake: &str) -> String {
    let mut pascal = String::new();
    let mut starts_word = true;
    for c in snake.chars() {
        if c == '_' {
            starts_word = true;
        } else {
            pascal.push(if starts_word { c.to_ascii_uppercase() } else { c });
            starts_word = false;
        }
    }
    pascal
}

fn first_to_lower(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 8] = [
        "lowercase",
        "UPPERCASE",
        "PascalCase",
        "camelCase",
        "snake_case",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "SCREAMING-KEBAB-CASE",
    ];

    #[test]
    fn rename_all_case_converts_field_names() {
        assert_eq!(
            ALL.map(|name| Case::named(name).unwrap().of_field("auth_time")),
            ["auth_time", "AUTH_TIME", "AuthTime", "authTime", "auth_time", "AUTH_TIME", "auth-time", "AUTH-TIME"]
        );
        assert_eq!(Case::Camel.of_field("_sub"), "sub");
    }

    #[test]
    fn rename_all_case_leaves_unknown_names_to_serde() {
        assert_eq!(Case::named("Title Case"), None);
    }
}
