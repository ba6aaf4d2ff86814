//! Key files with the bare bytes of a key, or with additional bytes after a key.

use figment::Jail;
use jwtauth_tests::pem::encode as pem;

use crate::keys::{self, *};
use crate::launch::{Launch, in_jail, launch, launch_here, rocket_toml};

fn with_file(jail: &Jail, setting: &str, algorithm: &str, bytes: &[u8]) -> Launch {
    jail.create_binary("key", bytes).expect("a file");
    rocket_toml(jail, &format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\n{setting} = \"key\""));
    launch_here()
}

#[track_caller]
fn assert_unreadable(launch: &Launch, setting: &str) {
    launch.fault(setting).assert_says(&["neither PEM nor DER"]);
}

#[test]
fn settings_refuse_raw_bytes_of_a_public_key() {
    in_jail(|jail| {
        for (algorithm, pem, length) in [
            ("EdDSA", EDDSA_PUBLIC, 32),
            ("ES256", ES256_PUBLIC, 65),
            ("ES384", ES384_PUBLIC, 97),
            ("ES512", ES512_PUBLIC, 133),
        ] {
            let der = keys::der(pem);
            with_file(jail, "public_key_file", algorithm, &der).config();
            let raw = &der[der.len() - length..];
            assert_unreadable(&with_file(jail, "public_key_file", algorithm, raw), "public_key_file");
        }
        let compressed = [&[0x02][..], &keys::der(ES256_PUBLIC)[27..59]].concat();
        assert_unreadable(&with_file(jail, "public_key_file", "ES256", &compressed), "public_key_file");
    });
}

#[test]
fn settings_refuse_public_key_file_of_32_bytes() {
    in_jail(|jail| {
        for bytes in [&[0; 32], b"a secret that is 32 bytes long..", &[0xff; 32], &[0x30; 32]] {
            assert_unreadable(&with_file(jail, "public_key_file", "EdDSA", bytes), "public_key_file");
        }
    });
}

#[test]
fn settings_refuse_raw_key_bytes_within_pem() {
    let der = keys::der(EDDSA_PUBLIC);
    let public = pem("PUBLIC KEY", &der[der.len() - 32..]);
    assert_unreadable(&launch(&format!("algorithm = \"EdDSA\"\npublic_key = '''{public}'''")), "public_key");
}

const PRIVATE: [(&str, &str, &str); 6] = [
    ("RS256", RSA, "PRIVATE KEY"),
    ("RS256", RSA_PKCS1, "RSA PRIVATE KEY"),
    ("ES256", ES256, "PRIVATE KEY"),
    ("ES256", ES256_SEC1, "EC PRIVATE KEY"),
    ("ES512", ES512, "PRIVATE KEY"),
    ("EdDSA", EDDSA, "PRIVATE KEY"),
];

const PUBLIC: [(&str, &str, &str); 5] = [
    ("RS256", RSA_PUBLIC, "PUBLIC KEY"),
    ("RS256", RSA_PUBLIC_PKCS1, "RSA PUBLIC KEY"),
    ("ES256", ES256_PUBLIC, "PUBLIC KEY"),
    ("ES512", ES512_PUBLIC, "PUBLIC KEY"),
    ("EdDSA", EDDSA_PUBLIC, "PUBLIC KEY"),
];

#[test]
fn settings_refuse_bytes_after_a_der_key() {
    in_jail(|jail| {
        for (setting, keys) in [("private_key", &PRIVATE[..]), ("public_key", &PUBLIC)] {
            for (algorithm, text, label) in keys {
                let der = keys::der(text);
                let file = format!("{setting}_file");
                with_file(jail, &file, algorithm, &der).config();
                for more in [&[0][..], b"\n", &[0x05, 0x00], &der] {
                    let longer = [&der[..], more].concat();
                    assert_unreadable(&with_file(jail, &file, algorithm, &longer), &file);
                    let text = pem(label, &longer);
                    let settings = format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\n{setting} = '''{text}'''");
                    rocket_toml(jail, &settings);
                    assert_unreadable(&launch_here(), setting);
                }
                assert_unreadable(&with_file(jail, &file, algorithm, &der[..der.len() - 1]), &file);
            }
        }
    });
}

#[test]
fn settings_refuse_bytes_after_the_point_of_a_public_key() {
    in_jail(|jail| {
        for (algorithm, text) in [("EdDSA", EDDSA_PUBLIC), ("ES256", ES256_PUBLIC)] {
            let mut der = [&keys::der(text)[..], &[0x05, 0x00]].concat();
            der[1] += 2;
            assert_unreadable(&with_file(jail, "public_key_file", algorithm, &der), "public_key_file");
        }
    });
}
