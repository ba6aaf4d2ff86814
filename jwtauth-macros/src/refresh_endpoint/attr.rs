//! Parses the arguments of the attribute.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitBool, LitInt, LitStr, Token};

use super::uri::Uri;
use crate::errors::Errors;

/// The arguments of the attribute.
pub(super) struct Attr {
    pub(super) uri: Uri,
    pub(super) rank: Option<LitInt>,
    pub(super) format: Option<LitStr>,
    pub(super) data: Option<Uri>,
    /// Whether this endpoint renews cookies, of several.
    pub(super) renews: bool,
}

impl Attr {
    /// Continues after each mistake, so that all mistakes are found. Returns `None` without a path.
    pub(super) fn read(args: TokenStream, errors: &mut Errors) -> Option<Attr> {
        let mut options = Options::default();
        for arg in split_at_commas(args, errors) {
            match syn::parse2::<Arg>(arg.clone()) {
                Ok(Arg::Path(literal)) => options.path(literal, errors),
                Ok(Arg::PathAnd(literal, more)) => {
                    options.path(literal, errors);
                    errors.at(more, "a comma is missing before this");
                }
                Ok(Arg::Option(key, value)) => options.option(&key, value, errors),
                Ok(Arg::Word(key)) if is_method(&key) => {
                    options.path_is_missed = true;
                    refuse_method(&key, errors);
                }
                Ok(Arg::Word(key)) if is_option(&key) => {
                    errors.at(&key, format_args!("`{key}` needs a value: write `{key} = …`, as in Rocket's attributes"))
                }
                Ok(Arg::Word(_)) | Err(_) if options.path.is_none() && !options.path_is_missed => {
                    options.path_is_missed = true;
                    errors.at(
                        arg,
                        "the path is a string literal, because the route and its `uri!` are made of it at compile time\n\
                         write `#[refresh_endpoint(\"/refresh\")]`",
                    );
                }
                Ok(Arg::Word(key)) => refuse_unknown(&key, errors),
                Err(_) => errors
                    .at(arg, "this is not an option: write `rank = …`, `format = …`, `data = …` or `renews = true`"),
            }
        }
        let Options { path, path_is_missed, rank, format, data, renews, .. } = options;
        if path.is_none() && !path_is_missed {
            errors.at_span(
                Span::call_site(),
                "a refresh endpoint needs a path: write `#[refresh_endpoint(\"/refresh\")]`",
            );
        }
        Some(Attr { uri: path?, rank, format, data, renews })
    }
}

#[derive(Default)]
struct Options {
    seen: Vec<String>,
    path: Option<Uri>,
    /// Whether a mistake already explains why there is no path.
    path_is_missed: bool,
    rank: Option<LitInt>,
    format: Option<LitStr>,
    data: Option<Uri>,
    renews: bool,
}

impl Options {
    fn path(&mut self, literal: LitStr, errors: &mut Errors) {
        match self.path {
            None => self.path = Some(Uri::new(literal, errors)),
            Some(_) => errors.at(literal, "a refresh endpoint has one path: leave one of them out"),
        }
    }

    fn option(&mut self, key: &Ident, value: TokenStream, errors: &mut Errors) {
        if is_method(key) || key == "method" {
            return refuse_method(key, errors);
        }
        if key == "path" || key == "uri" {
            self.path_is_missed = true;
            return errors
                .at(key, "the path is the first argument, without a name: write `#[refresh_endpoint(\"/refresh\")]`");
        }
        if !is_option(key) {
            return refuse_unknown(key, errors);
        }
        if self.seen.iter().any(|seen| key == seen) {
            return errors.at(key, format_args!("`{key}` is given twice: leave one of them out"));
        }
        self.seen.push(key.to_string());
        if key == "rank" {
            self.rank = rank(value, key, errors);
        } else if key == "format" {
            self.format = format(value, key, errors);
        } else if key == "renews" {
            self.renews = flag(value, key, errors);
        } else {
            self.data = text(value, key, "data = \"<form>\"", errors).map(|literal| Uri::data(literal, errors));
        }
    }
}

fn rank(value: TokenStream, key: &Ident, errors: &mut Errors) -> Option<LitInt> {
    let rank = syn::parse2::<LitInt>(value.clone()).ok().filter(|rank| {
        // Rocket's attributes accept no sign.
        rank.suffix().is_empty() && rank.base10_parse::<isize>().is_ok_and(|rank| rank >= 0)
    });
    if rank.is_none() {
        errors.at(or_else(value, key), "`rank` is a whole number without a sign: write `rank = 2`");
    }
    rank
}

fn format(value: TokenStream, key: &Ident, errors: &mut Errors) -> Option<LitStr> {
    let literal = text(value, key, "format = \"json\"", errors)?;
    if is_media_type(&literal.value()) {
        return Some(literal);
    }
    errors.at(
        &literal,
        "Rocket does not know this media type: write it in full, as in `format = \"application/json\"`, or one of its short names, as in `format = \"json\"`",
    );
    None
}

fn flag(value: TokenStream, key: &Ident, errors: &mut Errors) -> bool {
    let literal = syn::parse2::<LitBool>(value.clone()).ok();
    if literal.is_none() {
        errors.at(or_else(value, key), format_args!("`{key}` is `true` or `false`: write `{key} = true`"));
    }
    literal.is_some_and(|literal| literal.value)
}

fn text(value: TokenStream, key: &Ident, example: &str, errors: &mut Errors) -> Option<LitStr> {
    let literal = syn::parse2::<LitStr>(value.clone()).ok();
    if literal.is_none() {
        errors.at(or_else(value, key), format_args!("`{key}` is a string literal: write `{example}`"));
    }
    literal
}

fn or_else(value: TokenStream, key: &Ident) -> TokenStream {
    if value.is_empty() { TokenTree::from(key.clone()).into() } else { value }
}

fn refuse_method(key: &Ident, errors: &mut Errors) {
    if key.to_string().eq_ignore_ascii_case("post") {
        return errors.at(key, "a refresh endpoint is `POST` in any case: leave it out");
    }
    errors.at(
        key,
        "a refresh endpoint is always `POST`, because answers to other methods may be cached, prefetched or replayed\n\
         leave the method out",
    );
}

fn refuse_unknown(key: &Ident, errors: &mut Errors) {
    errors.at(
        key,
        format_args!("a refresh endpoint has no option `{key}`: expected `rank`, `format`, `data` or `renews`"),
    );
}

fn is_method(key: &Ident) -> bool {
    const METHODS: [&str; 9] = ["get", "put", "post", "delete", "head", "options", "trace", "connect", "patch"];
    METHODS.iter().any(|method| key.to_string().eq_ignore_ascii_case(method))
}

fn is_option(key: &Ident) -> bool {
    key == "rank" || key == "format" || key == "data" || key == "renews"
}

enum Arg {
    Path(LitStr),
    PathAnd(LitStr, TokenTree),
    Option(Ident, TokenStream),
    Word(Ident),
}

impl Parse for Arg {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let path = input.parse()?;
            let Ok(more) = input.parse() else { return Ok(Arg::Path(path)) };
            input.parse::<TokenStream>()?;
            return Ok(Arg::PathAnd(path, more));
        }
        let key = input.parse()?;
        if input.parse::<Option<Token![=]>>()?.is_some() {
            return Ok(Arg::Option(key, input.parse()?));
        }
        if input.peek(syn::token::Paren) {
            // `get("/path")`: the word is the mistake, and its content is skipped.
            input.parse::<TokenTree>()?;
        }
        Ok(Arg::Word(key))
    }
}

fn split_at_commas(args: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let (mut found, mut arg) = (Vec::new(), TokenStream::new());
    for token in args {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if arg.is_empty() {
                    errors.at(comma, "there is nothing before this comma: leave it out");
                } else {
                    found.push(std::mem::take(&mut arg));
                }
            }
            token => arg.extend([token]),
        }
    }
    if !arg.is_empty() {
        found.push(arg);
    }
    found
}

/// Whether Rocket accepts the text as a media type: one of its short names, or `type/subtype; key=value`.
fn is_media_type(text: &str) -> bool {
    const SHORT: &str = "any binary bytes html plain text json msgpack form js css multipart xml pdf markdown md";
    if SHORT.split(' ').any(|short| short.eq_ignore_ascii_case(text)) {
        return true;
    }
    let mut parts = text.split(';');
    let Some((top, sub)) = parts.next().and_then(|essence| essence.split_once('/')) else { return false };
    is_token(top)
        && is_token(sub)
        && parts.all(|parameter| {
            parameter.trim_matches([' ', '\t']).split_once('=').is_some_and(|(key, value)| {
                is_token(key)
                    && (is_token(value) || (value.len() > 1 && value.starts_with('"') && value.ends_with('"')))
            })
        })
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~{}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_check_accepts_what_rocket_accepts() {
        for text in [
            "json",
            "JSON",
            "md",
            "application/json",
            "*/*",
            "application/vnd.api+json",
            "text/html; charset=utf-8",
            "multipart/form-data;boundary=\"a b\" ; x=y",
        ] {
            assert!(is_media_type(text), "{text}");
        }
        for text in ["", "jason", "/json", "application/", "a b/c", "text/html;", "text/html; charset", "text/html; =x"]
        {
            assert!(!is_media_type(text), "{text}");
        }
    }

    #[test]
    fn refresh_endpoint_attribute_reports_every_mistake() {
        let mut errors = Errors::new();
        let args = quote::quote!("/a", "/b", get, , rank = x, format, timeout = 3, data = "x", a b);
        assert!(Attr::read(args, &mut errors).is_some());
        assert_eq!(errors.messages().len(), 8);
    }
}
