//! Reads headers of a request.

use std::borrow::Cow;

use rocket::request::Request;

/// Calls `visit` with the value of each header with this name.
///
/// `HeaderMap::get` hashes the name with SipHash, byte by byte. Most names already differ from this one in their
/// length.
// Not an iterator: `next` needs about three times the instructions of `for_each` here.
pub(super) fn each<'r>(request: &'r Request<'_>, name: &str, mut visit: impl FnMut(&'r str)) {
    request.headers().iter().for_each(|header| {
        // The iterator lends the values of the map.
        if header.name == name
            && let Cow::Borrowed(value) = header.value
        {
            visit(value);
        }
    });
}

/// The value of the only header with this name. `None` if there is no such header.
///
/// # Errors
///
/// If there are several. A proxy may have used a different one.
pub(super) fn only<'r>(request: &'r Request<'_>, name: &str) -> Result<Option<&'r str>, Several> {
    let (mut value, mut count) = (None, 0);
    each(request, name, |found| {
        value = Some(found);
        count += 1;
    });
    if count > 1 { Err(Several) } else { Ok(value) }
}

/// There are several headers with one name.
pub(super) struct Several;

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    use super::each;

    #[test]
    fn all_headers_of_a_name_are_found() {
        let client = Client::untracked(rocket::build()).expect("a rocket that launches");
        let mut request = client.get("/");
        for (name, value) in [("Cookie", "a=1"), ("Cookies", "b=2"), ("cookie", "c=3"), ("X", "d=4"), ("COOKIE", "e=5")]
        {
            request.add_header(Header::new(name, value.to_owned()));
        }
        let mut found = Vec::new();
        each(&request, "Cookie", |value| found.push(value));
        assert_eq!(found, ["a=1", "c=3", "e=5"]);
        each(&request, "Upgrade", |value| panic!("{value}"));
    }
}
