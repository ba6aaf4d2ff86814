//! Reads the settings of the protected resource (RFC 9728).

use super::origin::{is_insecure, is_origin};
use super::resource_config::ResourceConfig;
use super::settings::{Origin, Setting, Settings};

const RESOURCE: &str = "resource";
const SERVERS: &str = "authorization_servers";

/// RFC 9728 §3.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// A resource identifier, and the origin of the setting.
pub(super) struct Resource {
    identifier: String,
    /// The origin, path and query of the identifier; empty if it has a fault. The path may be empty. The query begins
    /// with its question mark, if there is one.
    parts: [String; 3],
    origin: Origin,
}

/// Reads the resource identifier. OAuth clients send their tokens with the scheme `Bearer`, so `auth_header_prefix`
/// must be that.
pub(super) fn read(settings: &mut Settings<'_>, auth_header_prefix: &str) -> Option<Resource> {
    let Setting { value, origin } = settings.text(RESOURCE)?;
    if !auth_header_prefix.eq_ignore_ascii_case("Bearer") {
        let problem = "is set, and `auth_header_prefix` is not `Bearer`, which OAuth clients send (RFC 6750 §2.1)";
        settings.fault(RESOURCE, Some(&origin), problem, "remove `auth_header_prefix`, or `resource`");
    }
    let parts = parts(&value).map(|parts| parts.map(str::to_owned)).unwrap_or_else(|problem| {
        let remedy = "write the URL at which clients reach the application, such as `https://api.example.com/mcp`";
        settings.fault(RESOURCE, Some(&origin), problem, remedy);
        Default::default()
    });
    Some(Resource { identifier: value, parts, origin })
}

/// Reads the authorization servers. The default is those of the `issuers` that are URLs.
pub(super) fn finish<'i>(
    settings: &mut Settings<'_>,
    resource: Option<Resource>,
    issuers: impl Iterator<Item = &'i str>,
    jwks_path: Option<&str>,
) -> Option<ResourceConfig> {
    let has_servers = settings.is_set(SERVERS);
    let servers = servers(settings, resource.is_some() || settings.faults_on(RESOURCE));
    let Resource { identifier, parts: [host, path, query], origin } = resource?;
    // RFC 9728 §3.1: a slash that is the whole path is left out.
    let path = if path == "/" { "" } else { &*path };
    let authorization_servers = match servers {
        Some(servers) => servers,
        None if has_servers => Vec::new(),
        None => of_issuers(settings, issuers),
    };
    let metadata_url = format!("{host}{WELL_KNOWN}{path}{query}");
    // Rocket answers at a path with and without a slash at its end, which some clients drop.
    let metadata_path = format!("{WELL_KNOWN}{}", path.strip_suffix('/').unwrap_or(path));
    let config = ResourceConfig { identifier, authorization_servers, metadata_url, metadata_path };
    if jwks_path == Some(&*config.metadata_path) {
        let problem = format!("has its metadata at `{}`, which is also `jwks_path`", config.metadata_path);
        let remedy = "write another `jwks_path`, such as `/.well-known/jwks.json`";
        settings.fault(RESOURCE, Some(&origin), problem, remedy);
    }
    Some(config)
}

impl Resource {
    /// The default audience of an issuer (RFC 8707 §2). An empty path and the path `/` are the same (RFC 3986 §6.2.3),
    /// and many clients write the URL of a host with the slash.
    #[cfg(feature = "issuers")]
    pub(super) fn audience(&self) -> Vec<String> {
        let [host, path, query] = &self.parts;
        match (path.as_str(), query.as_str()) {
            ("" | "/", "") => vec![host.clone(), format!("{host}/")],
            _ => vec![self.identifier.clone()],
        }
    }
}

fn servers(settings: &mut Settings<'_>, has_resource: bool) -> Option<Vec<String>> {
    let Setting { value, origin } = settings.texts(SERVERS)?;
    if !has_resource {
        let remedy = "set `resource` to the URL of the application, or remove it";
        settings.fault(SERVERS, Some(&origin), "is set without `resource`", remedy);
    }
    if let Some(wrong) = value.iter().find(|server| !is_server(server)) {
        let shown: String = wrong.chars().take(64).flat_map(char::escape_debug).collect();
        let problem = format!("has `{shown}`, which is not the URL of an authorization server");
        let remedy =
            "write its issuer, an `https:` URL without a query and a fragment, such as `https://id.example.com`";
        settings.fault(SERVERS, Some(&origin), problem, remedy);
    }
    Some(value)
}

fn of_issuers<'i>(settings: &mut Settings<'_>, issuers: impl Iterator<Item = &'i str>) -> Vec<String> {
    let (servers, others): (Vec<&str>, Vec<&str>) = issuers.partition(|issuer| is_server(issuer));
    let left_out = others.first().map(|other| other.chars().take(64).flat_map(char::escape_debug).collect::<String>());
    match left_out {
        Some(shown) => settings.warn(format!(
            "`resource` is set, and the issuer `{shown}` is not a URL at which clients can get a token; name the \
             authorization servers in `{SERVERS}`"
        )),
        None if servers.is_empty() => settings.warn(format!(
            "`resource` is set, and its metadata tells clients no authorization server; add `issuers`, or name one in \
             `{SERVERS}`"
        )),
        None => {}
    }
    servers.into_iter().map(str::to_owned).collect()
}

/// The origin, path and query of a resource identifier. Fails with a text that completes a sentence about it.
fn parts(text: &str) -> Result<[&str; 3], &'static str> {
    if text.contains('#') {
        return Err("has a fragment, which a resource identifier can't have (RFC 8707 §2)");
    }
    let (origin, rest) = split(text).ok_or("is not an absolute URL: it does not begin with `https://`")?;
    if !matches!(origin.split_once("://"), Some(("https" | "http", _))) {
        return Err("is not `https:`");
    }
    if !is_origin(origin) {
        // Clients normalize URLs before they compare them.
        return Err(
            "has a host that clients write differently: in lower case, and without the default port and a user",
        );
    }
    if is_insecure(origin) {
        return Err("is `http:`, which is only allowed for `localhost`, `127.0.0.1` and `[::1]`");
    }
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let is_segment = |segment: &str| {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        // Segments must not be empty, `.` or `..`.
        segment.bytes().any(|byte| byte != b'.') && segment.bytes().all(is_safe)
    };
    let inner = path.strip_prefix('/').map(|path| path.strip_suffix('/').unwrap_or(path));
    if inner.is_some_and(|inner| !inner.is_empty() && !inner.split('/').all(is_segment)) || path == "//" {
        return Err("has a path that can't be mounted: use letters, digits and `-._~` between slashes");
    }
    if !query.bytes().all(is_printable) {
        return Err("has a query with characters that a URL can't contain");
    }
    Ok([origin, path, query])
}

/// Whether a text can be the issuer of an authorization server (RFC 8414 §2).
fn is_server(text: &str) -> bool {
    split(text).is_some_and(|(origin, path)| {
        let origin = origin.to_lowercase();
        is_origin(&origin) && !is_insecure(&origin) && path.bytes().all(|byte| is_printable(byte) && byte != b'?')
    })
}

/// Splits a URL before its path or query. `None` if it is not an absolute URL.
fn split(text: &str) -> Option<(&str, &str)> {
    let start = text.find("://")? + "://".len();
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |end| start + end);
    Some(text.split_at(end))
}

/// The characters of a path or query (RFC 3986 §3.3, §3.4).
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_identifier_is_an_absolute_https_url() {
        for (text, expected) in [
            ("https://api.example.com", ["https://api.example.com", "", ""]),
            ("https://api.example.com/", ["https://api.example.com", "/", ""]),
            ("https://api.example.com:8443/a/b-c.d_e~1", ["https://api.example.com:8443", "/a/b-c.d_e~1", ""]),
            ("https://api.example.com/mcp/?tenant=a%20b", ["https://api.example.com", "/mcp/", "?tenant=a%20b"]),
            ("https://api.example.com?a", ["https://api.example.com", "", "?a"]),
            ("http://127.0.0.1:8000/mcp", ["http://127.0.0.1:8000", "/mcp", ""]),
            ("http://[::1]", ["http://[::1]", "", ""]),
        ] {
            assert_eq!(parts(text), Ok(expected), "{text}");
        }
        for (text, problem) in [
            ("", "absolute"),
            ("mcp", "absolute"),
            ("/mcp", "absolute"),
            ("api.example.com/mcp", "absolute"),
            ("urn:example:api", "absolute"),
            ("https://api.example.com/#a", "fragment"),
            ("https://api.example.com#", "fragment"),
            ("ftp://api.example.com", "`https:`"),
            ("https://", "host"),
            ("https://?a", "host"),
            ("https://API.example.com", "host"),
            ("https://api.example.com:443", "host"),
            ("https://alice@api.example.com", "host"),
            ("https://api.example.com\"/", "host"),
            ("http://api.example.com", "`http:`"),
            ("http://localhost.example.com", "`http:`"),
            ("http://10.0.0.1", "`http:`"),
            ("https://api.example.com/a//b", "path"),
            ("https://api.example.com//", "path"),
            ("https://api.example.com/a//", "path"),
            ("https://api.example.com/../a", "path"),
            ("https://api.example.com/<a>", "path"),
            ("https://api.example.com/<a..>", "path"),
            ("https://api.example.com/a%2fb", "path"),
            ("https://api.example.com/\u{fc}", "path"),
            ("https://api.example.com/?a=\"", "query"),
            ("https://api.example.com/?a b", "query"),
        ] {
            assert!(parts(text).is_err_and(|error| error.contains(problem)), "{text}: {:?}", parts(text));
        }
    }

    #[test]
    fn authorization_server_is_a_url_without_query_and_fragment() {
        for good in ["https://id.example.com", "https://ID.example.com/realms/a%20b/", "http://localhost:3000"] {
            assert!(is_server(good), "{good}");
        }
        for bad in [
            "accounts.example.com",
            "https://id.example.com/{tenantid}",
            "https://id.example.com?a",
            "https://id.example.com/?a",
            "https://id.example.com/#a",
            "http://id.example.com",
            "https://",
            "urn:id",
        ] {
            assert!(!is_server(bad), "{bad}");
        }
    }
}
