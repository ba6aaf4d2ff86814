//! The supported formats of keys: PEM and DER, PKCS #8, SEC 1, PKCS #1, SubjectPublicKeyInfo.

use figment::Jail;
use jwtauth::{AuthError, KeyError};

use crate::keys::*;
use crate::launch::{Launch, SECRET, block_on, in_jail, launch, launch_here, rocket_toml};

type Forms = &'static [&'static str];

/// Algorithm, formats of the private key, formats of the public key.
const FORMS: [(&str, Forms, Forms); 10] = [
    ("ES256", &[ES256, ES256_SEC1], &[ES256_PUBLIC]),
    ("ES384", &[ES384, ES384_SEC1], &[ES384_PUBLIC]),
    ("ES512", &[ES512, ES512_SEC1], &[ES512_PUBLIC]),
    ("RS256", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("RS384", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("RS512", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("PS256", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("PS384", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("PS512", &[RSA, RSA_PKCS1], &[RSA_PUBLIC, RSA_PUBLIC_PKCS1]),
    ("EdDSA", &[EDDSA], &[EDDSA_PUBLIC]),
];

fn with_files(jail: &Jail, algorithm: &str, private: Option<&[u8]>, public: Option<&[u8]>) -> Launch {
    let mut settings = format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\n");
    for (name, bytes) in [("private_key_file", private), ("public_key_file", public)] {
        if let Some(bytes) = bytes {
            jail.create_binary(name, bytes).expect("a file");
            settings += &format!("{name} = \"{name}\"\n");
        }
    }
    rocket_toml(jail, &settings);
    launch_here()
}

/// Several files with the same key.
fn files(pem: &str) -> [Vec<u8>; 4] {
    let windows = pem.replace('\n', "\r\n");
    let explained = format!("Bag Attributes\n    friendlyName: tests\n{pem}");
    [pem.as_bytes().to_vec(), der(pem), windows.into_bytes(), explained.into_bytes()]
}

#[test]
fn private_key_signs_and_verifies_in_every_form() {
    for (algorithm, private, _) in FORMS {
        for bytes in private.iter().flat_map(|pem| files(pem)) {
            in_jail(|jail| {
                let launch = with_files(jail, algorithm, Some(&bytes), None);
                let tokens = launch.issue("alice");
                assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"), "{algorithm}");
                assert_eq!(launch.key().0.name(), algorithm);
            });
        }
    }
}

#[test]
fn public_key_verifies_in_every_form_and_signs_nothing() {
    for (algorithm, private, public) in FORMS {
        let signer = launch(&format!("algorithm = \"{algorithm}\"\nprivate_key = '''{}'''", private[0]));
        let tokens = signer.issue("alice");
        for bytes in public.iter().flat_map(|pem| files(pem)) {
            in_jail(|jail| {
                let launch = with_files(jail, algorithm, None, Some(&bytes));
                assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"), "{algorithm}");
                let error = block_on(launch.jwtauth().issue("alice", ())).expect_err("no private key");
                assert_eq!(error, AuthError::Key(KeyError::NoPrivateKey));
            });
        }
    }
}

#[test]
fn key_pair_accepts_any_combination_of_forms() {
    for (algorithm, private, public) in FORMS {
        for private in private {
            for public in public {
                in_jail(|jail| {
                    let launch = with_files(jail, algorithm, Some(private.as_bytes()), Some(&der(public)));
                    let tokens = launch.issue("alice");
                    assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"), "{algorithm}");
                });
            }
        }
    }
}

#[test]
fn settings_accept_pem_text() {
    for (algorithm, private, public) in FORMS {
        let launch = launch(&format!(
            "algorithm = \"{algorithm}\"\nprivate_key = '''{}'''\npublic_key = '''{}'''",
            private[0], public[0]
        ));
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    }
}

#[test]
fn environment_accepts_pem_with_escaped_newlines() {
    in_jail(|jail| {
        let pem = ES256.replace('\n', "\\n");
        jail.set_env("ROCKET_JWTAUTH", format!("{{algorithm=\"ES256\", private_key=\"{pem}\"}}"));
        let launch = launch_here();
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    });
}

#[test]
fn key_file_uses_first_section_of_the_right_kind() {
    for pem in [PARAMETERS_FIRST.to_owned(), format!("{CERTIFICATE}{ES256}"), format!("{ES256_PUBLIC}{ES256}")] {
        in_jail(|jail| {
            let launch = with_files(jail, "ES256", Some(pem.as_bytes()), None);
            let tokens = launch.issue("alice");
            assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
        });
    }
}

#[test]
fn key_file_may_hold_both_keys() {
    in_jail(|jail| {
        let both = format!("{ES256}{ES256_PUBLIC}");
        let launch = with_files(jail, "ES256", Some(both.as_bytes()), Some(both.as_bytes()));
        let tokens = launch.issue("alice");
        assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"));
    });
}

#[test]
fn key_refuses_token_signed_with_another_key() {
    let (ec, rsa, secret) = (
        launch(&format!("algorithm = \"ES256\"\nprivate_key = '''{ES256}'''")),
        launch(&format!("algorithm = \"RS256\"\nprivate_key = '''{RSA}'''")),
        launch(&format!("master_secret = \"{SECRET}\"")),
    );
    let tokens = ec.issue("alice");
    assert_eq!(rsa.userid(&tokens), None);
    assert_eq!(secret.userid(&tokens), None);
    assert_eq!(ec.userid(&tokens).as_deref(), Some("alice"));
}
