//! Ed25519 points for which anyone can forge signatures. No key pair has one, but a file of zeros is one.

use crate::keys::{self, *};
use crate::launch::{Launch, in_jail, launch, launch_here, rocket_toml};

/// The y coordinates of the eight points whose order divides 8, little-endian, including the second forms of the two
/// that can also be written without reduction: those of orders 4, 1, 8 and 2.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// All encodings, with either sign of x.
fn points() -> Vec<Vec<u8>> {
    let signed = |sign: u8| {
        SMALL_ORDER.iter().map(move |hex| {
            let mut point = bytes(hex);
            point[31] |= sign;
            point
        })
    };
    signed(0).chain(signed(0x80)).collect()
}

/// The SubjectPublicKeyInfo of a point.
fn spki(point: &[u8]) -> Vec<u8> {
    let der = keys::der(EDDSA_PUBLIC);
    [&der[..der.len() - 32], point].concat()
}

fn pem(der: &[u8]) -> String {
    jwtauth_tests::pem::encode("PUBLIC KEY", der)
}

#[track_caller]
fn assert_small_order(launch: &Launch, setting: &str) {
    launch.fault(setting).assert_says(&["small order", "anyone can sign", "EdDSA"]);
}

#[test]
fn settings_refuse_public_key_of_small_order() {
    in_jail(|jail| {
        for point in points() {
            jail.create_binary("public.der", &spki(&point)).expect("a file");
            rocket_toml(jail, "[default.jwtauth]\nalgorithm = \"EdDSA\"\npublic_key_file = \"public.der\"");
            assert_small_order(&launch_here(), "public_key_file");
            let settings = format!("algorithm = \"EdDSA\"\npublic_key = '''{}'''", pem(&spki(&point)));
            rocket_toml(jail, &format!("[default.jwtauth]\n{settings}"));
            assert_small_order(&launch_here(), "public_key");
        }
    });
}

#[test]
fn settings_refuse_small_order_key_beside_a_private_key() {
    let identity = &points()[2];
    assert_eq!((identity[0], identity[1], identity[31]), (1, 0, 0), "the neutral element: x is 0, y is 1");
    let settings = format!("private_key = '''{EDDSA}'''\npublic_key = '''{}'''", pem(&spki(identity)));
    assert_small_order(&launch(&format!("algorithm = \"EdDSA\"\n{settings}")), "public_key");
}

#[test]
fn settings_accept_base_point_as_public_key() {
    // The base point: its y is 4/5.
    let mut base = [0x66; 32];
    base[0] = 0x58;
    launch(&format!("algorithm = \"EdDSA\"\npublic_key = '''{}'''", pem(&spki(&base)))).config();
}
