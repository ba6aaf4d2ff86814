use std::fmt;

use hyper::Uri;

use super::host::Host;

/// A URL to fetch from: `https:`, or `http:` on this machine.
#[derive(Clone)]
pub(crate) struct Url {
    uri: Uri,
    is_secure: bool,
}

impl Url {
    /// Parses a URL. If it uses `http:`, its host is this machine or `plain`. Fails with a text that completes a
    /// sentence about the URL.
    pub(crate) fn parse(text: &str, plain: Option<&Host>) -> Result<Self, &'static str> {
        let url = Url::of_any_host(text)?;
        if url.is_secure || url.is_loopback() || plain == Some(&url.host()) {
            return Ok(url);
        }
        Err("is `http:`, which is only allowed for `localhost` and loopback addresses")
    }

    /// Parses the URL of a proxy: `http:`, any host, and nothing else.
    pub(crate) fn parse_proxy(text: &str) -> Result<Self, &'static str> {
        let url = Url::of_any_host(text)?;
        match url {
            _ if url.is_secure => Err("is not `http:`, and the connection to a proxy has no TLS of its own"),
            _ if url.path_and_query() != "/" => Err("has a path, which a proxy does not have"),
            url => Ok(url),
        }
    }

    /// Parses a host without scheme and port. An IPv6 address is in brackets.
    pub(crate) fn parse_host(text: &str) -> Option<Host> {
        let url = Url::of_any_host(&format!("http://{text}/")).ok()?;
        (url.authority() == text && !url.has_port() && url.path_and_query() == "/").then(|| url.host())
    }

    fn of_any_host(text: &str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("is longer than 2048 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("has a space or another character that a URL can't contain");
        }
        // The parser silently drops the fragment.
        if text.contains('#') {
            return Err("has a fragment");
        }
        let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("is not a URL: it does not begin with `https://`");
        };
        if authority.as_str().contains('@') {
            return Err("has a user name");
        }
        // Text after the host must be a valid port.
        let has_port = authority.as_str().len() > authority.host().len();
        if authority.host().is_empty() {
            return Err("has no host");
        }
        if has_port && authority.port_u16().is_none() {
            return Err("has a port that is not a number up to 65535");
        }
        // Excludes, among others, percent signs and zones of IPv6 addresses (RFC 6874).
        if let Host::Name(name) = Host::new(authority.host())
            && !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        {
            return Err("has a host that is neither a name nor an address");
        }
        match scheme {
            "https" => Ok(Url { uri, is_secure: true }),
            "http" => Ok(Url { uri, is_secure: false }),
            _ => Err("is not `https:`"),
        }
    }

    /// Whether TLS authenticates the content.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(crate) fn host(&self) -> Host {
        Host::new(self.uri.host().unwrap_or_default())
    }

    /// The host as it is written. An IPv6 address is in brackets.
    pub(super) fn written_host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    fn has_port(&self) -> bool {
        self.uri.port_u16().is_some()
    }

    pub(super) fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_secure { 443 } else { 80 })
    }

    /// The value of the header `Host`.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// Whether both have the same scheme, host and port.
    pub(super) fn has_same_origin(&self, other: &Url) -> bool {
        (self.is_secure, self.host(), self.port()) == (other.is_secure, other.host(), other.port())
    }

    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    pub(crate) fn has_query(&self) -> bool {
        self.uri.query().is_some()
    }

    /// Whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        // The resolved address of a name is checked when it is connected to.
        self.host().known_address().is_some_and(|address| address.is_loopback())
    }
}

/// The maximum length of a URL in bytes. Servers accept fewer.
const LONGEST: usize = 2048;

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn issuer_url_allows_http_only_for_loopback() {
        for good in [
            "https://id.example.com",
            "https://id.example.com:8443/realms/shop?a=b",
            "http://127.0.0.1:3000/",
            "http://127.8.9.1",
            "http://[::1]:3000/jwks",
            "http://localhost:3000",
            "http://id.localhost:3000",
        ] {
            assert!(Url::parse(good, None).is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example.com",
            "/jwks",
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://mylocalhost",
            "http://10.0.0.1",
            "http://[::2]",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "https://",
            "https://user:pass@id.example.com",
            "http://localhost@example.com",
            "https://id.example.com/#a",
            "https://id.example.com:99999",
            "https://id.example.com:",
            "https://id.example.com/a b",
            "https://id.ex\u{e4}mple.com",
            "https://%31%32%37.0.0.1/",
            "https://id%2eexample.com/",
            "https://[fe80::1%25eth0]/",
            "https://id.example.com\\@127.0.0.1/",
            &format!("https://id.example.com/{}", "a".repeat(LONGEST)),
        ] {
            assert!(Url::parse(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn issuer_url_allows_http_for_the_named_host() {
        let named = Url::parse_host("id.internal").expect("a host");
        for good in ["http://id.internal", "http://ID.Internal.:8080/realms/a", "https://other.internal"] {
            assert!(Url::parse(good, Some(&named)).is_ok(), "{good}");
        }
        for bad in
            ["http://other.internal", "http://id.internal.example.com", "http://a@id.internal", "ftp://id.internal"]
        {
            assert!(Url::parse(bad, Some(&named)).is_err(), "{bad}");
        }
        for (text, host) in [("10.0.0.5", "10.0.0.5"), ("0xa.5", "10.0.0.5"), ("[fd00::1]", "fd00::1")] {
            assert_eq!(Url::parse_host(text), Some(Host::new(host)), "{text}");
        }
        for bad in ["", "a:80", "http://a", "a/", "a?b", "a b", "a@b", "fd00::1", "a#b"] {
            assert_eq!(Url::parse_host(bad), None, "{bad}");
        }
    }

    #[test]
    fn proxy_url_is_a_host_and_a_port() {
        for good in ["http://proxy.internal:3128", "http://10.0.0.1:3128/", "http://[::1]", "http://proxy"] {
            assert!(Url::parse_proxy(good).is_ok(), "{good}");
        }
        for bad in [
            "https://proxy:3128",
            "http://a:b@proxy",
            "http://proxy/a",
            "http://proxy?a",
            "socks5://proxy",
            "proxy:3128",
        ] {
            assert!(Url::parse_proxy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn url_has_its_parts() {
        let url = Url::parse("https://id.example.com:8443/a?b", None).expect("a URL");
        assert_eq!((url.host(), url.port()), (Host::Name("id.example.com".into()), 8443));
        assert_eq!(url.path_and_query(), "/a?b");
        assert_eq!(url.authority(), "id.example.com:8443");
        let url = Url::parse("http://[::1]", None).expect("a URL");
        assert_eq!((url.host(), url.port()), (Host::Address(Ipv6Addr::LOCALHOST.into()), 80));
        assert_eq!(url.path_and_query(), "/");
    }
}
