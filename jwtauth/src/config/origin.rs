//! Origins, as browsers and other clients write them.

/// Whether a text is an origin as a browser writes it into `Origin` (RFC 6454 §6.2). The default port is left out.
pub(super) fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_address = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let is_default = matches!((scheme, port), ("https", Some("443")) | ("http", Some("80")));
    let has_port = port.is_none_or(|port| !port.starts_with('0') && port.parse::<u16>().is_ok());
    matches!(scheme, "https" | "http") && (is_host(host) || is_address(host)) && has_port && !is_default
}

/// Whether what is sent to an origin can be read and changed on its way: it is without HTTPS, and not on this machine.
pub(super) fn is_insecure(origin: &str) -> bool {
    let is_local = |host: &str| {
        let ports = ["localhost", "127.0.0.1", "[::1]"].iter().filter_map(|local| host.strip_prefix(local));
        ports.into_iter().any(|port| port.is_empty() || port.starts_with(':'))
    };
    origin.strip_prefix("http://").is_some_and(|host| !is_local(host))
}

/// Whether a text is the name of a host in lower case, or an IPv4 address.
pub(super) fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_letter) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_what_browsers_send() {
        for origin in ["https://app.example", "http://localhost:8000", "https://[::1]:8443", "https://1.2.3.4"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "null",
            "*",
            "app.example",
            "https://",
            "https://app.example/",
            "https://App.example",
            "https://app.example:443",
            "http://app.example:80",
            "https://app.example:",
            "https://app.example:0443",
            "https://app.example:65536",
            "https://user@app.example",
            "ftp://app.example",
            "https://a..b",
            "https://*.example",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
