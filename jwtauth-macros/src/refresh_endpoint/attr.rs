use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitInt, LitStr, Token};

use super::uri::Uri;
use crate::errors::Errors;

/// What stands in the parentheses of the attribute.
pub(super) struct Attr {
    pub(super) uri: Uri,
    pub(super) rank: Option<LitInt>,
    pub(super) format: Option<LitStr>,
    pub(super) data: Option<Uri>,
}

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "head", "options", "trace", "connect", "patch"];

impl Attr {
    /// Reads on after each mistake, so that all of them are found. Without a path there is nothing to make.
    pub(super) fn read(args: TokenStream, errors: &mut Errors) -> Option<Attr> {
        let mut options = Options::default();
        let mut no_path_but_why = false;
        for arg in split_at_commas(args, errors) {
            match syn::parse2::<Arg>(arg.clone()) {
                Ok(Arg::Path(literal)) if options.path.is_none() => {
                    options.path = Some(Uri::new(literal, errors));
                }
                Ok(Arg::Path(literal)) => errors.at(literal, "a refresh endpoint has one path: leave one of them out"),
                Ok(Arg::Option(key, value)) => options.read(&key, value, errors),
                Ok(Arg::Word(key)) if is_method(&key) => {
                    no_path_but_why = true;
                    refuse_method(&key, errors);
                }
                Ok(Arg::Word(key)) if is_option(&key) => {
                    errors.at(&key, format_args!("`{key}` needs a value: write `{key} = …`, as in Rocket's attributes"))
                }
                Ok(Arg::PathAnd(literal, more)) => {
                    errors.at(more, "a comma is missing before this");
                    options.path.get_or_insert_with(|| Uri::new(literal, errors));
                }
                Ok(Arg::Word(_)) | Err(_) if options.path.is_none() && !no_path_but_why => {
                    no_path_but_why = true;
                    errors.at(
                        arg,
                        "the path is a string literal, because the route and its `uri!` are made of it at compile time\n\
                         write `#[refresh_endpoint(\"/refresh\")]`",
                    );
                }
                Ok(Arg::Word(key)) => refuse_unknown(&key, errors),
                Err(_) => errors.at(arg, "this is no option: write `rank = …`, `format = …` or `data = …`"),
            }
        }
        if options.path.is_none() && !no_path_but_why && !options.path_was_named {
            errors.at_span(
                Span::call_site(),
                "a refresh endpoint needs a path: write `#[refresh_endpoint(\"/refresh\")]`",
            );
        }
        let Options { path, rank, format, data, .. } = options;
        Some(Attr { uri: path?, rank, format, data })
    }
}

#[derive(Default)]
struct Options {
    seen: Vec<String>,
    path: Option<Uri>,
    path_was_named: bool,
    rank: Option<LitInt>,
    format: Option<LitStr>,
    data: Option<Uri>,
}

impl Options {
    fn read(&mut self, key: &Ident, value: TokenStream, errors: &mut Errors) {
        if is_method(key) || key == "method" {
            return refuse_method(key, errors);
        }
        if key == "path" || key == "uri" {
            self.path_was_named = true;
            return errors
                .at(key, "the path stands at the front, without a name: write `#[refresh_endpoint(\"/refresh\")]`");
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
        } else {
            self.data = text(value, key, "data = \"<form>\"", errors).map(|literal| Uri::data(literal, errors));
        }
    }
}

fn rank(value: TokenStream, key: &Ident, errors: &mut Errors) -> Option<LitInt> {
    let rank = syn::parse2::<LitInt>(value.clone()).ok().filter(|rank| {
        // Rocket's attributes take no sign.
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
        "Rocket knows no such media type: write it in full, as in `format = \"application/json\"`, or one of its short names, as in `format = \"json\"`",
    );
    None
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
    errors.at(key, format_args!("a refresh endpoint has no option `{key}`: expected `rank`, `format` or `data`"));
}

fn is_method(key: &Ident) -> bool {
    METHODS.iter().any(|method| key.to_string().eq_ignore_ascii_case(method))
}

fn is_option(key: &Ident) -> bool {
    key == "rank" || key == "format" || key == "data"
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
            // `get("/path")`: the word is the mistake, and what it holds is not looked at.
            input.parse::<TokenTree>()?;
        }
        Ok(Arg::Word(key))
    }
}

fn split_at_commas(args: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let mut found = vec![TokenStream::new()];
    for token in args {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if found.last().is_some_and(TokenStream::is_empty) {
                    errors.at(comma, "there is nothing before this comma: leave it out");
                } else {
                    found.push(TokenStream::new());
                }
            }
            token => found.last_mut().expect("never empty").extend([token]),
        }
    }
    found.retain(|arg| !arg.is_empty());
    found
}

/// Whether Rocket takes it for a media type: one of its short names, or `type/subtype; key=value`.
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
