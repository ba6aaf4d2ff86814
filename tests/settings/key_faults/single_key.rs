//! Faults of a single key.

use crate::keys::{self, *};
use crate::launch::{Launch, SECRET, in_jail, launch, launch_here, rocket_toml};

const PAIRS: [&str; 10] = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"];

fn with_private(algorithm: &str, pem: &str) -> Launch {
    launch(&format!("algorithm = \"{algorithm}\"\nprivate_key = '''{pem}'''"))
}

fn with_public(algorithm: &str, pem: &str) -> Launch {
    launch(&format!("algorithm = \"{algorithm}\"\npublic_key = '''{pem}'''"))
}

fn with_pair(algorithm: &str, private: &str, public: &str) -> Launch {
    launch(&format!("algorithm = \"{algorithm}\"\nprivate_key = '''{private}'''\npublic_key = '''{public}'''"))
}

#[test]
fn settings_refuse_hmac_without_a_secret() {
    for (algorithm, bytes) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let fault = launch(&format!("algorithm = \"{algorithm}\"")).fault("master_secret");
        fault.assert_says(&["is not set", &format!("openssl rand -hex {bytes}")]);
    }
}

#[test]
fn settings_refuse_key_pair_algorithm_without_a_key() {
    for algorithm in PAIRS {
        let fault = launch(&format!("algorithm = \"{algorithm}\"")).fault("private_key_file");
        fault.assert_says(&["is not set", algorithm, "public_key_file", "openssl genpkey"]);
    }
}

#[test]
fn settings_refuse_secret_shorter_than_the_hash() {
    for (algorithm, least) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let secret = |length| {
            format!("algorithm = \"{algorithm}\"\nmaster_secret = \"{}\"", &SECRET.replace(' ', "-")[..length])
        };
        let fault = launch(&secret(least - 1)).fault("master_secret");
        fault.assert_says(&[
            &format!("{algorithm} needs a secret of at least {least} bytes"),
            &format!("has {}", least - 1),
            &format!("openssl rand -hex {least}"),
        ]);
        launch(&secret(least)).config();
    }
}

#[test]
fn secret_length_counts_bytes() {
    launch(&format!("master_secret = \"{}\"", "àáâãäåæçèéêëìíîï")).config();
}

#[test]
fn settings_refuse_secret_beside_a_key() {
    for (algorithm, key) in [("HS256", "private_key"), ("ES256", "private_key"), ("ES256", "public_key")] {
        let pem = if key == "private_key" { ES256 } else { ES256_PUBLIC };
        let settings = format!("algorithm = \"{algorithm}\"\nmaster_secret = \"{SECRET}\"\n{key} = '''{pem}'''");
        launch(&settings).fault("master_secret").assert_says(&["beside", "remove"]);
    }
}

#[test]
fn settings_refuse_value_beside_its_file() {
    in_jail(|jail| {
        jail.create_file("key", ES256).expect("a file");
        for (name, value) in [("master_secret", SECRET), ("private_key", ES256), ("public_key", ES256_PUBLIC)] {
            let algorithm = if name == "master_secret" { "HS256" } else { "ES256" };
            rocket_toml(
                jail,
                &format!(
                    "[default.jwtauth]\nalgorithm = \"{algorithm}\"\n{name} = '''{value}'''\n{name}_file = \"key\""
                ),
            );
            let fault = launch_here().fault(&format!("{name}_file"));
            fault.assert_says(&[&format!("is set beside `{name}`"), "remove one of them"]);
        }
    });
}

#[test]
fn settings_refuse_key_pair_algorithm_with_a_secret() {
    for algorithm in PAIRS {
        let fault =
            launch(&format!("algorithm = \"{algorithm}\"\nmaster_secret = \"{SECRET}\"")).fault("master_secret");
        fault.assert_says(&[algorithm, "key pair", "private_key_file", "HS256"]);
    }
}

#[test]
fn settings_refuse_hmac_with_a_key_and_blame_the_algorithm() {
    for launch in
        [with_private("HS256", ES256), with_public("HS512", RSA_PUBLIC), with_pair("HS384", ES256, ES256_PUBLIC)]
    {
        launch.fault("algorithm").assert_says(&["works with a secret", "ES256", "RS256", "EdDSA"]);
    }
}

#[test]
fn fault_of_unset_algorithm_has_no_algorithm_origin() {
    let fault = launch(&format!("private_key = '''{ES256}'''")).fault("algorithm");
    fault.assert_says(&["HS256"]);
    let origin = fault.origin.unwrap_or_default();
    assert!(!origin.contains(".algorithm`"), "`algorithm` is not set: {origin}");
}

#[test]
fn fault_of_mismatched_key_names_its_family_or_curve() {
    let private = [
        (ES256, "an EC key on the curve P-256"),
        (ES384, "an EC key on the curve P-384"),
        (ES512, "an EC key on the curve P-521"),
        (EDDSA, "an Ed25519 key"),
        (RSA, "an RSA key"),
    ];
    let public = [
        (ES256_PUBLIC, "an EC key on the curve P-256"),
        (ES384_PUBLIC, "an EC key on the curve P-384"),
        (ES512_PUBLIC, "an EC key on the curve P-521"),
        (EDDSA_PUBLIC, "an Ed25519 key"),
        (RSA_PUBLIC, "an RSA key"),
    ];
    let algorithms = [
        ("ES256", "P-256"),
        ("ES384", "P-384"),
        ("ES512", "P-521"),
        ("EdDSA", "Ed25519"),
        ("RS256", "RSA"),
        ("PS512", "RSA"),
    ];
    for (algorithm, wanted) in algorithms {
        for (index, (pem, found)) in private.iter().enumerate() {
            if found.contains(wanted) {
                continue;
            }
            let words = [algorithm, wanted, found, "openssl genpkey", "`algorithm`"];
            with_private(algorithm, pem).fault("private_key").assert_says(&words);
            let (pem, _) = public[index];
            with_public(algorithm, pem).fault("public_key").assert_says(&words[..3]);
        }
    }
}

#[test]
fn fault_of_unsupported_curve_lists_supported_curves() {
    for algorithm in PAIRS {
        for pem in [SECP256K1, ED448] {
            with_private(algorithm, pem).fault("private_key").assert_says(&["P-256, P-384, P-521", "Ed25519"]);
        }
    }
}

#[test]
fn settings_refuse_pss_only_rsa_key_for_pkcs1() {
    with_private("RS256", RSA_PSS).fault("private_key");
}

#[test]
fn settings_refuse_rsa_key_of_1024_bits() {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let words = [algorithm, "2048", "under 2048 bits"];
        let fault = with_private(algorithm, RSA_1024).fault("private_key");
        fault.assert_says(&words);
        fault.assert_says(&["rsa_keygen_bits:3072"]);
        with_public(algorithm, RSA_1024_PUBLIC).fault("public_key").assert_says(&words);
    }
}

#[test]
fn settings_refuse_public_key_of_another_pair() {
    for (algorithm, private, public) in [
        ("ES256", ES256, OTHER_ES256_PUBLIC),
        ("RS256", RSA, OTHER_RSA_PUBLIC),
        ("PS256", RSA, OTHER_RSA_PUBLIC),
        ("EdDSA", EDDSA, OTHER_EDDSA_PUBLIC),
    ] {
        let fault = with_pair(algorithm, private, public).fault("public_key");
        fault.assert_says(&["not a pair", "leave", "`public_key`"]);
    }
}

#[test]
fn fault_of_mismatched_pair_names_the_setting_written() {
    in_jail(|jail| {
        jail.create_file("private.pem", ES256).expect("a file");
        jail.create_file("public.pem", OTHER_ES256_PUBLIC).expect("a file");
        rocket_toml(
            jail,
            "[default.jwtauth]\nalgorithm = \"ES256\"\nprivate_key_file = \"private.pem\"\npublic_key_file = \"public.pem\"",
        );
        launch_here().fault("public_key_file").assert_says(&["not a pair", "`public_key_file`"]);
    });
}

#[test]
fn faults_of_a_pair_name_each_key_separately() {
    let faults = with_pair("ES256", ES384, RSA_PUBLIC).faults();
    assert_eq!(faults.iter().map(|fault| fault.setting.as_str()).collect::<Vec<_>>(), ["private_key", "public_key"]);
    faults[0].assert_says(&["P-384"]);
    faults[1].assert_says(&["an RSA key"]);
}

#[test]
fn fault_of_private_key_setting_recognizes_public_key() {
    for (algorithm, pem) in [("ES256", ES256_PUBLIC), ("RS256", RSA_PUBLIC), ("EdDSA", EDDSA_PUBLIC)] {
        let fault = with_private(algorithm, pem).fault("private_key");
        fault.assert_says(&["it contains no private key, but a public key"]);
    }
}

#[test]
fn fault_of_public_key_setting_recognizes_private_key() {
    for (algorithm, pem) in [("ES256", ES256), ("ES256", ES256_SEC1), ("RS256", RSA_PKCS1), ("EdDSA", EDDSA)] {
        let fault = with_public(algorithm, pem).fault("public_key");
        fault.assert_says(&["it contains no public key, but a private key"]);
    }
}

#[test]
fn fault_of_der_file_recognizes_the_other_half() {
    in_jail(|jail| {
        for (algorithm, private, public) in
            [("ES256", ES256, ES256_PUBLIC), ("RS256", RSA, RSA_PUBLIC), ("EdDSA", EDDSA, EDDSA_PUBLIC)]
        {
            jail.create_binary("private.der", &keys::der(private)).expect("a file");
            jail.create_binary("public.der", &keys::der(public)).expect("a file");
            rocket_toml(
                jail,
                &format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\nprivate_key_file = \"public.der\""),
            );
            launch_here().fault("private_key_file").assert_says(&["a public key"]);
            rocket_toml(
                jail,
                &format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\npublic_key_file = \"private.der\""),
            );
            launch_here().fault("public_key_file").assert_says(&["a private key"]);
        }
    });
}

#[test]
fn fault_of_encrypted_key_tells_how_to_decrypt_it() {
    for pem in [ENCRYPTED_PKCS8, ENCRYPTED_SEC1] {
        let fault = with_private("ES256", pem).fault("private_key");
        fault.assert_says(&["encrypted", "openssl pkey"]);
    }
}

#[test]
fn fault_of_certificate_tells_how_to_extract_its_key() {
    with_public("ES256", CERTIFICATE).fault("public_key").assert_says(&["a certificate", "openssl x509"]);
    with_private("ES256", CERTIFICATE).fault("private_key").assert_says(&["a certificate"]);
}

#[test]
fn fault_of_text_without_a_key_names_the_accepted_forms() {
    for text in ["hello", "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"] {
        let words = ["PEM", "DER", "openssl genpkey"];
        with_private("ES256", text).fault("private_key").assert_says(&words);
        with_public("ES256", text).fault("public_key").assert_says(&words[..2]);
    }
}

#[test]
fn fault_of_truncated_pem_does_not_name_another_key_kind() {
    for end in ["-----END PRIVATE KEY-----", "END PRIVATE KEY-----"] {
        let cut = ES256.replace(end, "");
        let fault = with_private("ES256", &cut).fault("private_key");
        assert!(!fault.text.contains("something else"), "{fault:?}");
        fault.assert_says(&["PEM"]);
    }
}

#[test]
fn remedy_for_key_in_settings_does_not_mention_files() {
    for (pem, setting) in [(ES256_PUBLIC, "private_key"), (ES256, "public_key")] {
        let launch = if setting == "private_key" { with_private("ES256", pem) } else { with_public("ES256", pem) };
        let fault = launch.fault(setting);
        assert!(!fault.text.contains("name the right file"), "{fault:?}");
    }
}

#[test]
fn fault_of_path_as_key_names_the_file_setting() {
    launch("algorithm = \"ES256\"\nprivate_key = \"keys/private.pem\"")
        .fault("private_key")
        .assert_says(&["private_key_file"]);
    launch("algorithm = \"ES256\"\npublic_key = \"keys/public.pem\"")
        .fault("public_key")
        .assert_says(&["public_key_file"]);
}

#[test]
fn fault_of_unknown_algorithm_lists_all_algorithms() {
    for name in ["none", "None", "hs256", "HS1", "ES256K", "RSA", "eddsa"] {
        let fault = launch(&format!("master_secret = \"{SECRET}\"\nalgorithm = \"{name}\"")).fault("algorithm");
        for algorithm in PAIRS.iter().chain(&["HS256", "HS384", "HS512"]) {
            fault.assert_says(&[algorithm]);
        }
    }
}

#[test]
fn settings_refuse_empty_or_non_text_keys() {
    for name in ["master_secret", "private_key", "public_key"] {
        for name in [name.to_owned(), format!("{name}_file")] {
            let algorithm = if name.starts_with("master") { "HS256" } else { "ES256" };
            for (value, words) in [("\"\"", "is empty"), ("5", "is a number"), ("true", "is `true` or `false`")] {
                let fault = launch(&format!("algorithm = \"{algorithm}\"\n{name} = {value}")).fault(&name);
                fault.assert_says(&[words]);
            }
        }
    }
}
