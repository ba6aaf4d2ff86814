use std::fmt;
use std::str::FromStr;

use rocket::form::{self, FromFormField, ValueField};
use rocket::http::impl_from_uri_param_identity;
use rocket::http::uri::Reference;
use rocket::http::uri::fmt::{Formatter, Query, UriDisplay};
use serde::{Serialize, Serializer};

/// A path of this site, for the redirect after a login. As a form field or a query parameter, it can't lead to another
/// site.
///
/// ```
/// use jwtauth::LocalPath;
/// use rocket::form::{Form, FromForm};
/// use rocket::post;
/// use rocket::response::Redirect;
///
/// #[derive(FromForm)]
/// struct Login<'r> {
///     username: &'r str,
///     password: &'r str,
///     next: Option<LocalPath>,
/// }
///
/// #[post("/login", data = "<login>")]
/// fn login(login: Form<Login<'_>>) -> Redirect {
///     // Check the password first.
///     let next = login.into_inner().next.unwrap_or_default();
///     Redirect::to(next)
/// }
/// ```
///
/// The default is `/`. An `Option<LocalPath>` is `None` if the value is missing or not acceptable. For a plain
/// `LocalPath`, such a value is an error of the form. It can't be used in the path of a route (`/<next>`).
///
/// # What is acceptable
///
/// A path, which may have a query and a fragment: `/members?page=2#top`. It is not changed.
///
/// - It begins with `/`, but not with `//` or `/\`, which browsers treat as another host.
/// - It has at most [`MAX_LEN`](Self::MAX_LEN) bytes, and only characters that a URI can have (RFC 3986 §2). All others
///   must be percent-encoded.
/// - It has no backslash, no control character, and no segment `.` or `..`. Browsers turn backslashes into slashes,
///   drop tabs and line breaks, and remove such segments before they look for the host.
/// - The percent-decoded path must fulfill all of this too, even if it is decoded repeatedly: `/%2f`, `/%255c` and
///   `%0d` are not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalPath(String);

/// The reason why a text is not a [`LocalPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLocalPath(&'static str);

impl LocalPath {
    /// The maximum number of bytes of a path.
    pub const MAX_LEN: usize = 2048;

    /// The path as it was received, percent-encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LocalPath {
    type Err = InvalidLocalPath;

    fn from_str(text: &str) -> Result<Self, InvalidLocalPath> {
        check(text).map_err(InvalidLocalPath)?;
        Ok(LocalPath(text.to_owned()))
    }
}

/// `/`, the root of the site.
impl Default for LocalPath {
    fn default() -> Self {
        LocalPath("/".to_owned())
    }
}

impl AsRef<str> for LocalPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path as a string, for templates.
impl Serialize for LocalPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// For [`Redirect::to`](rocket::response::Redirect::to).
impl From<LocalPath> for Reference<'static> {
    fn from(path: LocalPath) -> Self {
        // The text was parsed when the path was created.
        Reference::parse_owned(path.0).unwrap_or_else(|_| rocket::uri!("/").into())
    }
}

#[rocket::async_trait]
impl<'v> FromFormField<'v> for LocalPath {
    fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
        Ok(field.value.parse().map_err(|error: InvalidLocalPath| form::Error::validation(error.to_string()))?)
    }
}

/// For [`uri!`](rocket::uri) with a route that has the path in its query.
impl UriDisplay<Query> for LocalPath {
    fn fmt(&self, f: &mut Formatter<'_, Query>) -> fmt::Result {
        UriDisplay::fmt(self.as_str(), f)
    }
}

impl_from_uri_param_identity!([Query] LocalPath);

impl fmt::Display for InvalidLocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a path of this site: {}", self.0)
    }
}

impl std::error::Error for InvalidLocalPath {}

/// The maximum number of times that a text may be percent-encoded.
const MAX_ROUNDS: usize = 10;

fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > LocalPath::MAX_LEN {
        return Err("it has more than 2048 bytes");
    }
    if !text.starts_with('/') {
        return Err("it does not begin with `/`");
    }
    let path_len = text.find(['?', '#']).unwrap_or(text.len());
    check_decoded(text.as_bytes(), path_len)?;
    let (mut path, mut rest) = (text.as_bytes()[..path_len].to_vec(), text.as_bytes()[path_len..].to_vec());
    let mut rounds = 0;
    while decode(&mut path) | decode(&mut rest) {
        // More layers of encoding are not used in practice, and each round reads the whole text.
        rounds += 1;
        if rounds > MAX_ROUNDS {
            return Err("it is percent-encoded too often");
        }
        check_decoded(&[&path[..], &rest[..]].concat(), path.len())?;
    }
    let is_uri = text.bytes().all(|byte| byte.is_ascii_graphic()) && Reference::parse(text).is_ok();
    is_uri.then_some(()).ok_or("it has characters that must be percent-encoded")
}

/// Checks a text that has been decoded any number of times. Its first `path_len` bytes are the path.
fn check_decoded(text: &[u8], path_len: usize) -> Result<(), &'static str> {
    if text.contains(&b'\\') {
        return Err("it has a backslash");
    }
    if String::from_utf8_lossy(text).chars().any(char::is_control) {
        return Err("it has a control character");
    }
    if text.starts_with(b"//") {
        return Err("it begins with `//`");
    }
    let mut segments = text[..path_len].split(|byte| *byte == b'/');
    if segments.any(|segment| matches!(segment, b"." | b"..")) {
        return Err("it has a segment `.` or `..`");
    }
    Ok(())
}

/// Percent-decodes a text once. Returns whether the text contained an encoded byte.
fn decode(text: &mut Vec<u8>) -> bool {
    let (mut from, mut to) = (0, 0);
    while let Some(byte) = text.get(from).copied() {
        let hex = |at: usize| text.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let decoded = match (byte, hex(from + 1), hex(from + 2)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        from += if decoded.is_some() { 3 } else { 1 };
        text[to] = decoded.unwrap_or(byte);
        to += 1;
    }
    text.truncate(to);
    to < from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_path_keeps_paths_as_they_are() {
        let longest = format!("/{}", "a".repeat(LocalPath::MAX_LEN - 1));
        for text in [
            "/",
            "/members",
            "/members/",
            "/members?page=2&sort=a%20b#top",
            "/a//b",
            "/caf%C3%A9",
            "/a:b@c/https://other.example",
            "/login?next=/members%3Fpage=2",
            "/100%25",
            "/search?q=a/../b",
            "/...",
            "/.well-known/x",
            &longest,
        ] {
            assert_eq!(text.parse::<LocalPath>().map(|path| path.to_string()), Ok(text.to_owned()));
            let reference = Reference::from(LocalPath(text.to_owned()));
            assert_eq!(reference.to_string(), text);
        }
        assert_eq!(<LocalPath as Default>::default().as_str(), "/");
    }

    #[test]
    fn local_path_refuses_what_may_lead_elsewhere() {
        let too_long = format!("/{}", "a".repeat(LocalPath::MAX_LEN));
        for (text, why) in [
            ("", "begin with `/`"),
            ("members", "begin with `/`"),
            (" /members", "begin with `/`"),
            ("\t//other.example", "begin with `/`"),
            ("https://other.example/", "begin with `/`"),
            ("javascript:alert(1)", "begin with `/`"),
            ("\\\\other.example", "begin with `/`"),
            ("%2fmembers", "begin with `/`"),
            ("?next=/", "begin with `/`"),
            ("//other.example", "begins with `//`"),
            ("///other.example", "begins with `//`"),
            ("/%2fother.example", "begins with `//`"),
            ("/%2Fother.example", "begins with `//`"),
            ("/%252fother.example", "begins with `//`"),
            ("/%25252525252fother.example", "begins with `//`"),
            ("/%%32%66other.example", "begins with `//`"),
            ("/\\other.example", "backslash"),
            ("/%5cother.example", "backslash"),
            ("/%255Cother.example", "backslash"),
            ("/members?q=%5c", "backslash"),
            ("/members#\\", "backslash"),
            ("/\t/other.example", "control"),
            ("/\n/other.example", "control"),
            ("/%09/other.example", "control"),
            ("/%0d%0aLocation:%20//other.example", "control"),
            ("/%250d", "control"),
            ("/members?q=%00", "control"),
            ("/\u{7f}", "control"),
            ("/%c2%85", "control"),
            ("/.//other.example", "segment"),
            ("/..//other.example", "segment"),
            ("/members/..//other.example", "segment"),
            ("/%2e//other.example", "segment"),
            ("/.%252e//other.example", "segment"),
            ("/x%2f..%2f/other.example", "segment"),
            ("/members/..", "segment"),
            ("/a b", "percent-encoded"),
            ("/é", "percent-encoded"),
            ("/\u{2028}", "percent-encoded"),
            ("/a\"b", "percent-encoded"),
            ("/%25252525252525252525252525252541", "too often"),
            (&too_long, "2048"),
        ] {
            let error = text.parse::<LocalPath>().expect_err(text).to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }
}
