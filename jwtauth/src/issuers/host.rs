use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The host of a URL, in the form that is used for comparing and connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// An IP address in any notation. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) becomes the IPv4 address.
    Address(IpAddr),
    /// A name in lower case, without a dot at the end.
    Name(Box<str>),
}

impl Host {
    /// Parses the host of a URL.
    pub(crate) fn new(text: &str) -> Self {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<Ipv6Addr>() {
            return Host::Address(IpAddr::V6(address).to_canonical());
        }
        let name = bare.strip_suffix('.').unwrap_or(bare);
        match ipv4(name) {
            Some(address) => Host::Address(address.into()),
            None => Host::Name(name.to_ascii_lowercase().into()),
        }
    }

    /// The address, if no resolver is needed to know it. `localhost` and the names below it are this machine (RFC 6761
    /// §6.3).
    pub(crate) fn known_address(&self) -> Option<IpAddr> {
        match self {
            Host::Address(address) => Some(*address),
            Host::Name(name) if &**name == "localhost" || name.ends_with(".localhost") => {
                Some(Ipv4Addr::LOCALHOST.into())
            }
            Host::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Address(address) => address.fmt(f),
            Host::Name(name) => name.fmt(f),
        }
    }
}

/// Parses an IPv4 address in any notation that `inet_aton` of the C library reads: one to four numbers, each decimal,
/// octal (`0177`) or hexadecimal (`0x7f`). The last number fills the remaining bytes.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|number| *number > 255) || *last >= 1 << (8 * (4 - first.len())) {
        return None;
    }
    let shifted = first.iter().zip([24, 16, 8]).map(|(number, shift)| number << shift).sum::<u64>();
    u32::try_from(shifted + last).ok().map(Ipv4Addr::from)
}

fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some("") => return Some(0),
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // Excludes a sign, which the parser of integers would accept.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().filter(|number| u32::try_from(*number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_the_names_below_it_are_this_machine() {
        for name in ["localhost", "LOCALHOST.", "a.localhost", "a.b.LocalHost."] {
            assert_eq!(Host::new(name).known_address(), Some(Ipv4Addr::LOCALHOST.into()), "{name}");
        }
        for name in ["alocalhost", "localhost.example.com", "localhost.localdomain", "id.example.com", ""] {
            assert_eq!(Host::new(name).known_address(), None, "{name}");
        }
        assert_eq!(Host::new("10.1").known_address(), Some(Ipv4Addr::new(10, 0, 0, 1).into()));
    }

    #[test]
    fn host_has_one_form() {
        for (spellings, host) in [
            (
                "127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f.1 0X7F000001 0177.0.0.1 0x7f.0x0.0x0.0x1 \
                 017700000001 [::ffff:127.0.0.1] [::FFFF:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]",
                "127.0.0.1",
            ),
            ("0 0x0 0x 0.0.0.0 00.0.0.0", "0.0.0.0"),
            ("255.255.255.255 4294967295 0xffffffff", "255.255.255.255"),
            ("[::1] [0:0:0:0:0:0:0:1] ::1", "::1"),
            ("[2001:DB8::A] [2001:db8:0:0::a]", "2001:db8::a"),
            // Not this machine, although the C library once read it so.
            ("[::127.0.0.1] [::7f00:1]", "::127.0.0.1"),
        ] {
            let host: IpAddr = host.parse().expect("an address");
            for spelling in spellings.split_whitespace() {
                assert_eq!(Host::new(spelling), Host::Address(host), "{spelling}");
            }
        }
        for (spellings, name) in [
            ("id.example.com ID.Example.COM id.example.com. ID.EXAMPLE.COM.", "id.example.com"),
            ("localhost LOCALHOST localhost.", "localhost"),
            ("256.0.0.1", "256.0.0.1"),
            ("127.0.0.0.1", "127.0.0.0.1"),
            ("4294967296", "4294967296"),
            ("1.2.65536", "1.2.65536"),
            ("127.0.0.09", "127.0.0.09"),
            ("0xg", "0xg"),
            ("127..1", "127..1"),
            ("127.0.0.1..", "127.0.0.1."),
            ("+1.2.3.4", "+1.2.3.4"),
            ("", ""),
        ] {
            for spelling in spellings.split_whitespace() {
                assert_eq!(Host::new(spelling), Host::Name(name.into()), "{spelling}");
            }
        }
    }
}
