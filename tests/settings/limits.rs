//! The maximum sizes of settings.

use std::fs::File;

use crate::keys::{RSA_8200, RSA_8200_PUBLIC};
use crate::launch::{in_jail, launch, launch_here, launch_with_secret, rocket_toml};

#[test]
fn settings_warn_of_leeway_over_ten_minutes() {
    for (leeway, seconds) in [("601", "601"), ("\"11m\"", "660"), ("\"1d\"", "86400")] {
        let launch = launch_with_secret(&format!("leeway = {leeway}"));
        assert_eq!(launch.config().leeway.to_string(), seconds);
        let warnings = launch.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(&format!("`leeway` is {seconds} seconds")), "{warnings:?}");
    }
    for leeway in ["0", "60", "600", "\"10m\""] {
        let launch = launch_with_secret(&format!("leeway = {leeway}"));
        launch.config();
        assert_eq!(launch.warnings(), [""; 0], "{leeway}");
    }
}

#[test]
fn settings_refuse_kid_over_255_bytes() {
    for kid in ["k".repeat(255), format!("{}k", "ü".repeat(127))] {
        let launch = launch_with_secret(&format!("kid = \"{kid}\""));
        assert_eq!(launch.key().1, kid);
        assert_eq!(launch.userid(&launch.issue("alice")).as_deref(), Some("alice"));
    }
    for kid in ["k".repeat(256), "ü".repeat(128), "k".repeat(100_000)] {
        let launch = launch_with_secret(&format!("kid = \"{kid}\""));
        launch.fault("kid").assert_says(&["longer than 255 bytes", "short"]);
        launch.assert_never_says(&kid);
    }
}

#[test]
fn settings_refuse_key_file_over_64_kib() {
    in_jail(|jail| {
        for (setting, algorithm) in
            [("master_secret_file", "HS256"), ("private_key_file", "ES256"), ("public_key_file", "RS256")]
        {
            rocket_toml(jail, &format!("[default.jwtauth]\nalgorithm = \"{algorithm}\"\n{setting} = \"key\""));
            for length in [64 * 1024 + 1, 1 << 30] {
                // A sparse file takes no space.
                let file = File::create(jail.directory().join("key")).expect("a file");
                file.set_len(length).expect("a sparse file");
                launch_here().fault(setting).assert_says(&["can't be read", "longer than 64 KiB"]);
            }
        }
    });
}

#[test]
fn settings_read_secret_file_of_64_kib() {
    in_jail(|jail| {
        let secret: Vec<u8> = (0..16 * 1024_u32).flat_map(u32::to_be_bytes).collect();
        jail.create_binary("secret", &secret).expect("a file");
        rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
        let launch = launch_here();
        assert_eq!(launch.userid(&launch.issue("alice")).as_deref(), Some("alice"));
    });
}

#[test]
fn settings_refuse_rsa_key_over_8192_bits() {
    for algorithm in ["RS256", "PS512"] {
        for (setting, key) in [("private_key", RSA_8200), ("public_key", RSA_8200_PUBLIC)] {
            let fault = launch(&format!("algorithm = \"{algorithm}\"\n{setting} = '''{key}'''")).fault(setting);
            fault.assert_says(&[algorithm, "2048 to 8192 bits", "an RSA key over 8192 bits"]);
        }
    }
}

#[test]
fn verified_cache_accepts_only_a_number_of_tokens() {
    for (value, expected) in [("0", 0), ("1", 1), ("250000", 250_000), ("4294967295", u32::MAX as usize)] {
        let launch = launch_with_secret(&format!("verified_cache = {value}"));
        assert_eq!(launch.config().verified_cache, expected);
        assert_eq!(launch.userid(&launch.issue("alice")).as_deref(), Some("alice"));
    }
    for value in ["-1", "0.5", "4294967296", "1e99"] {
        let launch = launch_with_secret(&format!("verified_cache = {value}"));
        launch.fault("verified_cache").assert_says(&["is not a number of things", "0 for none"]);
    }
    for value in ["\"many\"", "true", "[1]"] {
        let launch = launch_with_secret(&format!("verified_cache = {value}"));
        launch.fault("verified_cache").assert_says(&["where a number is wanted"]);
    }
}
