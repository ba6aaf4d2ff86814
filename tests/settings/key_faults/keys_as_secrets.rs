//! A key used as a secret, in any format. A public key as a secret would be known to everybody.

use figment::Jail;

use crate::keys::{self, *};
use crate::launch::{Launch, in_jail, launch_here, rocket_toml};
use crate::secrets::assert_keeps;

const PROFILES: [&str; 3] = ["release", "debug", "staging"];

/// The line of a public Ed25519 key in `authorized_keys`.
fn open_ssh() -> String {
    let der = keys::der(EDDSA_PUBLIC);
    let mut blob = Vec::new();
    for field in [&b"ssh-ed25519"[..], &der[der.len() - 32..]] {
        blob.extend(u32::try_from(field.len()).expect("a short field").to_be_bytes());
        blob.extend(field);
    }
    format!("ssh-ed25519 {} alice@example.com", base64_simd::STANDARD.encode_to_string(blob))
}

fn jwk() -> String {
    let der = keys::der(EDDSA_PUBLIC);
    let x = jwtauth_tests::encode(&der[der.len() - 32..]);
    format!(r#"{{"crv": "Ed25519", "kty": "OKP", "x": "{x}"}}"#)
}

fn texts() -> Vec<String> {
    vec![
        open_ssh(),
        format!("  {}", open_ssh()),
        open_ssh().replace("ssh-ed25519 ", "ssh-rsa "),
        open_ssh().replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "),
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----", "A".repeat(64)),
        jwk(),
        format!("\n{}\n", jwk()),
        format!(r#"{{ "keys" : [{}] }}"#, jwk()),
        EDDSA_PUBLIC.to_owned(),
        format!("# the key of the shop\n{RSA_PUBLIC}"),
    ]
}

/// The parts of a text that must not be in the log: its long lines, without public ones.
fn private_parts(text: &str) -> Vec<&str> {
    text.split(['\n', '"', ' ']).filter(|part| part.len() > 20 && !part.contains("-----")).collect()
}

#[track_caller]
fn assert_refused(launch: &Launch, setting: &str) {
    launch.fault(setting).assert_says(&["this is a key", "not a secret", "`private_key`", "`public_key`"]);
}

#[test]
fn settings_refuse_key_text_as_secret_in_any_profile() {
    for text in texts() {
        for profile in PROFILES {
            in_jail(|jail| {
                jail.set_env("ROCKET_PROFILE", profile);
                rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret = '''{text}'''"));
                let launch = launch_here();
                assert_refused(&launch, "master_secret");
                assert_keeps(&launch, &private_parts(&text));
            });
        }
    }
}

/// Launches in each profile with a secret file of these bytes.
fn in_each_profile(jail: &mut Jail, bytes: &[u8], check: impl Fn(&Launch)) {
    jail.create_binary("secret", bytes).expect("a file");
    rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
    for profile in PROFILES {
        jail.set_env("ROCKET_PROFILE", profile);
        check(&launch_here());
    }
}

#[test]
fn settings_refuse_key_text_file_as_secret_in_any_profile() {
    in_jail(|jail| {
        for text in texts() {
            in_each_profile(jail, format!("{text}\n").as_bytes(), |launch| {
                assert_refused(launch, "master_secret_file");
                assert_keeps(launch, &private_parts(&text));
            });
        }
    });
}

#[test]
fn settings_refuse_der_file_as_secret_in_any_profile() {
    in_jail(|jail| {
        for pem in [
            ES256,
            ES256_SEC1,
            ES256_PUBLIC,
            ES512_PUBLIC,
            EDDSA,
            EDDSA_PUBLIC,
            RSA,
            RSA_PKCS1,
            RSA_PUBLIC,
            RSA_PUBLIC_PKCS1,
            CERTIFICATE,
            ENCRYPTED_PKCS8,
        ] {
            in_each_profile(jail, &keys::der(pem), |launch| {
                assert_refused(launch, "master_secret_file");
                assert_keeps(launch, &keys::body(pem));
                launch.assert_never_says("\u{fffd}");
            });
        }
    });
}

#[test]
fn settings_refuse_utf16_pem_file_as_secret_in_any_profile() {
    in_jail(|jail| {
        for pem in [EDDSA_PUBLIC, ES256] {
            for mark in ["", "\u{feff}"] {
                let units: Vec<u16> = format!("{mark}{pem}").encode_utf16().collect();
                for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                    let file: Vec<u8> = units.iter().copied().flat_map(bytes).collect();
                    in_each_profile(jail, &file, |launch| {
                        assert_refused(launch, "master_secret_file");
                        assert_keeps(launch, &keys::body(pem));
                    });
                }
            }
        }
    });
}

#[test]
fn settings_accept_secret_that_only_resembles_a_key() {
    in_jail(|jail| {
        for text in ["{a secret in braces, of 40 characters....}", "my ssh-ed25519 passphrase, long as it is"] {
            in_each_profile(jail, text.as_bytes(), |launch| drop(launch.key()));
        }
    });
}

#[test]
fn secret_in_hex_with_leading_zeros_is_not_taken_for_der() {
    let hex = "000d3adb33fc0ffee5ca1ab1e0ddba11f00dcafe5eed1e55ab";
    assert_eq!(hex.len(), 2 + usize::from(b'0'), "the second digit, read as the length of a SEQUENCE");
    in_jail(|jail| in_each_profile(jail, hex.as_bytes(), |launch| drop(launch.key())));
}
