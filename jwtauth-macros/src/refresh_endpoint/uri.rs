use syn::LitStr;

use crate::errors::Errors;

/// A route's URI or the value of `data`, with its parameters.
pub(super) struct Uri {
    pub(super) literal: LitStr,
    pub(super) parameters: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Path,
    Query,
}

/// One segment of a URI. Fixed text is not stored.
enum Segment<'u> {
    Fixed,
    Ignored { trailing: bool },
    Named { name: &'u str, trailing: bool },
}

impl Uri {
    /// Parses the URI with Rocket's rules. Otherwise Rocket would drop the whole route, which causes unrelated errors.
    pub(super) fn new(literal: LitStr, errors: &mut Errors) -> Uri {
        let text = literal.value();
        let mut parameters = Vec::new();
        if let Err(message) = read(&text, &mut parameters) {
            errors.at(&literal, message);
        }
        Uri { parameters: parameters.into_iter().map(str::to_owned).collect(), literal }
    }

    /// Parses the parameter for the body, written as `"<name>"`.
    pub(super) fn data(literal: LitStr, errors: &mut Errors) -> Uri {
        let text = literal.value();
        let parameters = match segment(&text, Part::Query) {
            Ok(Segment::Named { name, trailing: false }) => vec![name.to_owned()],
            _ => {
                let example = identifier_of(&text).unwrap_or_else(|| "form".to_owned());
                errors.at(
                    &literal,
                    format_args!("`data` names the parameter that takes the body: write `data = \"<{example}>\"`"),
                );
                Vec::new()
            }
        };
        Uri { literal, parameters }
    }
}

fn read<'u>(text: &'u str, parameters: &mut Vec<&'u str>) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err(match text.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])) {
            Some(path) => format!("a route has a path, and no scheme or host: did you mean `\"{path}\"`?"),
            None => format!("the path of a route starts with `/`: did you mean `\"/{text}\"`?"),
        });
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    if has_empty_segment(&path[1..], '/') || has_empty_segment(query, '&') {
        return Err(format!(
            "a route has no empty segments: did you mean `\"{}\"`?",
            without_empty_segments(path, query)
        ));
    }
    read_part(&path[1..], Part::Path, parameters)?;
    read_part(query, Part::Query, parameters)
}

fn read_part<'u>(text: &'u str, part: Part, parameters: &mut Vec<&'u str>) -> Result<(), String> {
    let delimiter = part.delimiter();
    let mut ended_by: Option<&str> = None;
    for written in text.split(delimiter).filter(|written| !written.is_empty()) {
        if let Some(trailing) = ended_by {
            return Err(format!(
                "`{trailing}` takes all that follows, so nothing can follow it: make it the last one, or remove the `..`"
            ));
        }
        let (name, trailing) = match segment(written, part)? {
            Segment::Fixed => continue,
            Segment::Ignored { trailing } => (None, trailing),
            Segment::Named { name, trailing } => (Some(name), trailing),
        };
        if trailing {
            ended_by = Some(written);
        }
        if let Some(name) = name {
            if parameters.contains(&name) {
                return Err(format!("`<{name}>` occurs twice: rename one of them"));
            }
            parameters.push(name);
        }
    }
    Ok(())
}

fn segment(written: &str, part: Part) -> Result<Segment<'_>, String> {
    let inner = written.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let Some(inner) = inner else {
        if written.contains(['<', '>']) {
            let name = identifier_of(written).unwrap_or_else(|| "name".to_owned());
            return Err(format!(
                "`{written}` is neither a parameter nor a text that a URI can contain: did you mean `<{name}>`?"
            ));
        }
        return Ok(Segment::Fixed);
    };
    let (name, trailing) = inner.strip_suffix("..").map_or((inner, false), |name| (name, true));
    match name {
        "_" if part == Part::Path => Ok(Segment::Ignored { trailing }),
        "_" => Err("a parameter of the query needs a name: write `<_name>`".to_owned()),
        name if is_identifier(name) => Ok(Segment::Named { name, trailing }),
        name => Err(match identifier_of(name) {
            Some(near) => format!("`<{inner}>` is not the name of a parameter: did you mean `<{near}>`?"),
            None => format!("`<{inner}>` names no parameter: write `<name>`"),
        }),
    }
}

impl Part {
    fn delimiter(self) -> char {
        match self {
            Part::Path => '/',
            Part::Query => '&',
        }
    }
}

fn has_empty_segment(text: &str, delimiter: char) -> bool {
    !text.is_empty() && text.split(delimiter).any(str::is_empty)
}

fn without_empty_segments(path: &str, query: &str) -> String {
    let full = |text: &str, delimiter: char| {
        let segments: Vec<String> = text.split(delimiter).filter(|s| !s.is_empty()).map(str::to_owned).collect();
        segments.join(&delimiter.to_string())
    };
    let (path, query) = (full(path, '/'), full(query, '&'));
    if query.is_empty() { format!("/{path}") } else { format!("/{path}?{query}") }
}

fn is_identifier(name: &str) -> bool {
    // `syn` refuses keywords. Rocket accepts them as names, and the function's parameter is then written as `r#type`.
    syn::parse_str::<syn::Ident>(&format!("r#{name}")).is_ok() || syn::parse_str::<syn::Ident>(name).is_ok()
}

/// The text without the characters that an identifier can't contain.
fn identifier_of(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let kept = kept.trim_start_matches(|c: char| c.is_numeric());
    (kept != "_" && is_identifier(kept)).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Result<Vec<&str>, String> {
        let mut parameters = Vec::new();
        read(text, &mut parameters).map(|()| parameters)
    }

    #[test]
    fn uri_parser_finds_parameters_in_path_and_query() {
        assert_eq!(parameters("/").unwrap(), [""; 0]);
        assert_eq!(parameters("/a/b?c=d&e").unwrap(), [""; 0]);
        assert_eq!(parameters("/<a>/x/<_>/<b..>?<c>&y&<d..>").unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(parameters("/<type>/<ä>?").unwrap(), ["type", "ä"]);
        assert_eq!(parameters("/<_a>/<_..>").unwrap(), ["_a"]);
    }

    #[test]
    fn uri_parser_proposes_a_fix_for_each_mistake() {
        for (text, proposal) in [
            ("refresh", "\"/refresh\""),
            ("", "\"/\""),
            ("https://example.org/refresh", "\"/refresh\""),
            ("/refresh/", "\"/refresh\""),
            ("//", "\"/\""),
            ("//a///b?c&&d&", "\"/a/b?c&d\""),
            ("/a?&", "\"/a\""),
            ("/<id", "`<id>`"),
            ("/a<id>", "`<aid>`"),
            ("/<>", "`<name>`"),
            ("/<..>", "`<name>`"),
            ("/<1x>", "`<x>`"),
            ("/<user-id>", "`<userid>`"),
            ("/?<_>", "`<_name>`"),
            ("/<a..>/b", "`<a..>`"),
            ("/<a>/<a>", "`<a>`"),
            ("/<a>?<a>", "`<a>`"),
        ] {
            let message = parameters(text).unwrap_err();
            assert!(message.contains(proposal), "{text}: {message}");
        }
    }
}
