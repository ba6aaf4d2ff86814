//! Reads a cookie from the raw `Cookie` headers.

use rocket::request::Request;

use super::header;
use crate::error::AuthError;

/// The value of the cookie with exactly this name.
///
/// [`Request::cookies`] is not used. It decodes percent-encoding in names, so that `__%48ost-jwtauth`, which any
/// subdomain can set, passes for `__Host-jwtauth`. It also keeps only the last of two cookies with one name.
///
/// # Errors
///
/// [`AuthError::AmbiguousToken`] if there are two cookies with this name: one of them was set by someone else.
pub(crate) fn value<'r>(request: &'r Request<'_>, name: &str) -> Result<Option<&'r str>, AuthError> {
    let (mut has_header, mut found, mut count) = (false, None, 0);
    header::each(request, "Cookie", |header| {
        has_header = true;
        values(header, name).for_each(|value| {
            found = Some(value);
            count += 1;
        });
    });
    match (has_header, count) {
        // Rocket's local client has its cookies in the jar only. For a request from the network, the jar is empty here.
        (false, _) => Ok(request.cookies().get(name).map(|cookie| cookie.value())),
        (true, 0 | 1) => Ok(found),
        (true, _) => Err(AuthError::AmbiguousToken),
    }
}

/// The values of the cookies with this name in one header (RFC 6265 §4.2.1). Nothing is decoded or unquoted.
fn values<'h>(header: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    let mut rest = Some(header);
    let pairs = std::iter::from_fn(move || {
        let text = rest?;
        // Tokens are long, and `split` looks at single bytes.
        let (pair, after) = match memchr::memchr(b';', text.as_bytes()) {
            Some(end) => (text.get(..end)?, text.get(end + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(pair)
    });
    pairs.filter_map(move |pair| {
        let pair = pair.trim_start_matches(' ');
        pair.strip_prefix(name)?.strip_prefix('=')
    })
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn cookie_is_found_by_its_exact_name() {
        let of = |header| Vec::from_iter(values(header, "__Host-a"));
        assert_eq!(of("__Host-a=1"), ["1"]);
        assert_eq!(of("b=2; __Host-a=1;c=3"), ["1"]);
        assert_eq!(of("__Host-a=1;__Host-a=2; __Host-a="), ["1", "2", ""]);
        for other in [
            "",
            "__Host-a",
            "__%48ost-a=1",
            "__host-a=1",
            "__Host-a =1",
            "__Host-ab=1",
            "x__Host-a=1",
            "\u{a0}__Host-a=1",
            "\t__Host-a=1",
            "__Host-b=__Host-a=1",
        ] {
            assert!(of(other).is_empty(), "{other:?}");
        }
    }

    #[test]
    fn cookie_value_is_taken_as_it_is() {
        for value in ["\"1\"", "%31", "1 ", " 1", "a=b", "1,2"] {
            assert_eq!(Vec::from_iter(values(&format!("b=0; a={value}"), "a")), [value]);
        }
    }
}
