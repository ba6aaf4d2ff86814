use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the address is a public unicast address.
///
/// The excluded blocks are those in IANA's registries of special-purpose addresses (RFC 6890:
/// `iana-ipv4-special-registry`, `iana-ipv6-special-registry`) and multicast (RFC 5771, RFC 4291 §2.7). Exceptions for
/// anycast services within a block (`192.0.0.9`) are ignored, because no issuer publishes keys there. The standard
/// library's `is_global` is not stable.
pub(super) fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(block, length)| is_within_v4(address, *block, *length)),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    // "This network" (RFC 791 §3.2). `0.0.0.0` connects to this machine.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private use (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared address space: carrier-grade NAT (RFC 6598), and cloud metadata services.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback (RFC 1122 §3.2.1.3).
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local (RFC 3927), and cloud metadata services.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // IETF protocol assignments (RFC 6890 §2.1).
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // 6to4 relay anycast, deprecated (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarking (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved (RFC 1112 §4), and limited broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_global_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded(address) {
        return is_global(embedded.into());
    }
    // The global unicast addresses that IANA has allocated (RFC 4291 §2.4, RFC 3587). Outside of them are, among
    // others, the unspecified address, loopback, IPv4-compatible addresses, local NAT64 (64:ff9b:1::/48, RFC 8215),
    // discard-only (100::/64), segment identifiers (5f00::/16), unique local, link-local, site-local, and multicast.
    is_within_v6(address, Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !SPECIAL_V6.iter().any(|(block, length)| is_within_v6(address, *block, *length))
}

const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // IETF protocol assignments (RFC 2928): Teredo, benchmarking, ORCHID and others.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4 (RFC 3056), which leads to an IPv4 address. Its relays are deprecated (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// The IPv4 address within an IPv6 address: a mapped one (`::ffff:0:0/96`), or one for a translator (NAT64,
/// `64:ff9b::/96`, RFC 6052 §2.1). An IPv6-only network uses the latter for every host that has only an IPv4 address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let is_translated = is_within_v6(address, Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
    // The last four bytes.
    let translated = is_translated.then(|| Ipv4Addr::from(u128::from(address) as u32));
    address.to_ipv4_mapped().or(translated)
}

fn is_within_v4(address: Ipv4Addr, block: Ipv4Addr, length: u32) -> bool {
    (u32::from(address) ^ u32::from(block)) >> (u32::BITS - length) == 0
}

fn is_within_v6(address: Ipv6Addr, block: Ipv6Addr, length: u32) -> bool {
    (u128::from(address) ^ u128::from(block)) >> (u128::BITS - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_addresses_are_those_of_no_special_block() {
        // The first and last address of each block, and their neighbors if these are global.
        for (address, is_wanted) in [
            ("0.0.0.0 0.0.0.1 0.255.255.255", false),
            ("1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255", true),
            ("10.0.0.0 10.1.2.3 10.255.255.255", false),
            ("11.0.0.0 93.184.216.34 100.63.255.255", true),
            ("100.64.0.0 100.100.100.200 100.127.255.255", false),
            ("100.128.0.0 126.255.255.255", true),
            ("127.0.0.0 127.0.0.1 127.255.255.255", false),
            ("128.0.0.0 169.253.255.255", true),
            ("169.254.0.0 169.254.169.254 169.254.255.255", false),
            ("169.255.0.0 172.15.255.255", true),
            ("172.16.0.0 172.31.255.255", false),
            ("172.32.0.0 191.255.255.255", true),
            ("192.0.0.0 192.0.0.9 192.0.0.170 192.0.0.255", false),
            ("192.0.1.0 192.0.1.255", true),
            ("192.0.2.0 192.0.2.255", false),
            ("192.0.3.0 192.31.196.1 192.52.193.1 192.88.98.255", true),
            ("192.88.99.0 192.88.99.1 192.88.99.255", false),
            ("192.88.100.0 192.167.255.255", true),
            ("192.168.0.0 192.168.255.255", false),
            ("192.169.0.0 192.175.48.1 198.17.255.255", true),
            ("198.18.0.0 198.19.255.255", false),
            ("198.20.0.0 198.51.99.255", true),
            ("198.51.100.0 198.51.100.255", false),
            ("198.51.101.0 203.0.112.255", true),
            ("203.0.113.0 203.0.113.255", false),
            ("203.0.114.0 223.255.255.255", true),
            ("224.0.0.0 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255", false),
            // Unspecified, loopback, IPv4-compatible.
            (":: ::1 ::2 ::8.8.8.8 ::127.0.0.1 ::10.0.0.1", false),
            // Mapped, and the old form of translation (RFC 2765).
            ("::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0", false),
            ("::ffff:8.8.8.8 ::ffff:93.184.216.34", true),
            ("::ffff:0:8.8.8.8 ::ffff:0:127.0.0.1 ::fffe:8.8.8.8", false),
            // NAT64.
            ("64:ff9b::8.8.8.8 64:ff9b::5db8:d822", true),
            ("64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::169.254.169.254 64:ff9b::192.168.0.1 64:ff9b::", false),
            ("64:ff9b:1::8.8.8.8 64:ff9b:1::10.0.0.1 64:ff9b::1:808:808 64:ff9a::808:808", false),
            ("100:: 100::1 100:0:0:1::1 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            // IETF protocol assignments: Teredo, benchmarking, ORCHID.
            ("2001:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1", false),
            ("2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("2000:: 2000::1 2001:200:: 2001:4860:4860::8888 2001:db7:ffff::1", true),
            ("2001:db8:: 2001:db8::1 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("2001:db9:: 2001:ffff::1", true),
            ("2002:: 2002:808:808::1 2002:a00:1::1 2002:7f00:1::1 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("2003:: 2606:4700:4700::1111 2620:4f:8000::1 2a00:1450:4001::1 3ffe:ffff::1", true),
            ("3fff:: 3fff::1 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("3fff:1000:: 3fff:ffff::1", true),
            ("4000::1 5f00::1 8000::1 e000::1", false),
            ("fc00:: fc00::1 fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
            ("fe00::1 fe80:: fe80::1 febf::1 fec0::1 feff::1", false),
            ("ff00:: ff02::1 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ]
        .into_iter()
        .flat_map(|(addresses, is_wanted)| addresses.split_whitespace().map(move |address| (address, is_wanted)))
        {
            let parsed: IpAddr = address.parse().expect("an address");
            assert_eq!(is_global(parsed), is_wanted, "{address}");
        }
    }

    /// Addresses that the standard library knows as special are not global.
    #[test]
    fn global_addresses_exclude_special_ones_of_standard_library() {
        for bits in (0..=u32::MAX).step_by(65_521) {
            let address = Ipv4Addr::from(bits);
            let is_special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_documentation()
                || address.is_broadcast()
                || address.is_unspecified();
            for address in [IpAddr::from(address), address.to_ipv6_mapped().into()] {
                assert!(!(is_special && is_global(address)), "{address}");
            }
        }
    }
}
