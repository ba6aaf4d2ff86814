//! Text secrets: text that is rarely intended as a secret is refused with a reason.

use figment::Jail;
use figment::providers::Serialized;
use jwtauth::JwtAuth;
use rocket::serde::json::{Value, json};

use crate::launch::{Launch, SECRET, in_jail, launch_here, launch_this, rocket_toml};
use crate::secrets::assert_keeps;

/// Launches with this secret as master secret and as session secret, each in the settings and in a file.
fn launches(jail: &mut Jail, secret: &[u8]) -> Vec<(&'static str, Launch)> {
    jail.create_binary("secret", secret).expect("a file");
    let in_settings = |value: Value| {
        launch_this(|| {
            let figment = rocket::Config::figment().merge(Serialized::default("jwtauth", value));
            rocket::custom(figment).attach(JwtAuth::fairing())
        })
    };
    let of_sessions = format!(
        "[default.jwtauth]\nmaster_secret = \"{SECRET}\"\nallow_refresh = true\nmax_lifetime = \"1d\"\n[default.jwtauth.sessions]\n"
    );
    let mut launches = Vec::new();
    if let Ok(text) = str::from_utf8(secret) {
        launches.push(("master_secret", in_settings(json!({ "master_secret": text }))));
        rocket_toml(jail, &of_sessions);
        launches.push(("sessions.secret", in_settings(json!({ "sessions": { "secret": text } }))));
    }
    rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
    launches.push(("master_secret_file", launch_here()));
    rocket_toml(jail, &format!("{of_sessions}secret_file = \"secret\""));
    launches.push(("sessions.secret_file", launch_here()));
    rocket_toml(jail, "");
    launches
}

const TEXT: &str = "c1a0-horse-battery-staple-which-is-long";

#[test]
fn settings_refuse_secret_that_looks_like_a_mistake() {
    let utf_16: Vec<u8> = format!("\u{feff}{TEXT}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (secret, words) in [
        (format!("{TEXT}\n\n").into_bytes(), "more than one newline"),
        (format!(" {TEXT}").into_bytes(), "begins with a space or a tab"),
        (format!("{TEXT} \n").into_bytes(), "ends with a space or a tab"),
        (format!("{TEXT}\t").into_bytes(), "ends with a space or a tab"),
        (format!("\u{feff}{TEXT}").into_bytes(), "byte order mark"),
        (utf_16, "UTF-16"),
        (format!("\"{TEXT}\"\n").into_bytes(), "quotes"),
        (format!("'{TEXT}'").into_bytes(), "quotes"),
        (format!("JWT_SECRET={TEXT}\n").into_bytes(), "NAME=value"),
        (format!("master_secret = {TEXT}").into_bytes(), "NAME=value"),
        ("changeme".repeat(4).into_bytes(), "repeats the same 8 bytes"),
        ("x".repeat(64).into_bytes(), "repeats the same byte"),
        (vec![0; 32], "repeats the same byte"),
    ] {
        in_jail(|jail| {
            for (setting, launch) in launches(jail, &secret) {
                let fault = launch.fault(setting);
                fault.assert_says(&[words]);
                assert!(fault.origin.is_some() && fault.text.contains("; "), "{fault:?}");
                assert_keeps(&launch, &[TEXT, "changeme", "xxxx"]);
            }
        });
    }
}

#[test]
fn settings_accept_secrets_as_tools_write_them() {
    for secret in [
        // 32 bytes in hexadecimal and in base64.
        &b"0cf4e0a7b1d2839f5566778899aabbcc3d5e7f90a1b2c3d4e5f60718293a4b5c"[..],
        b"0cf4e0a7b1d2839f5566778899aabbcc3d5e7f90a1b2c3d4e5f60718293a4b5c\n",
        b"0cf4e0a7b1d2839f5566778899aabbcc3d5e7f90a1b2c3d4e5f60718293a4b5c\r\n",
        b"sPm4J1D5vCkNq8/tWbXr2uYeZ0aFgHiL+xOo9EwTqKs=",
        b"sPm4J1D5vCkNq8_tWbXr2uYeZ0aFgHiL-xOo9EwTqKs\n",
        b"correct horse battery staple, and = and 'quotes' within",
        b"\x01\x02\x03 binary, with spaces and newlines at its end \n\n",
        b"\xff\xfe\x00\x80 binary, with the mark of UTF-16 in front of it",
    ] {
        in_jail(|jail| {
            for (setting, launch) in launches(jail, secret) {
                launch.config();
                assert_eq!(launch.warnings(), [""; 0], "{setting}");
            }
        });
    }
}

#[test]
fn secret_reads_the_same_from_settings_and_file() {
    in_jail(|jail| {
        for end in ["", "\n", "\r\n"] {
            let launches = launches(jail, format!("{TEXT}{end}").as_bytes());
            let [(_, inline), _, (_, file), _] = &launches[..] else { panic!("four of them") };
            assert_eq!(inline.key(), file.key(), "{end:?}");
            assert_eq!(file.userid(&inline.issue("alice")).as_deref(), Some("alice"), "{end:?}");
        }
        // Bytes that are not text are used unchanged.
        let launches = launches(jail, b"\x01\x02\x03 more than thirty-two bytes of binary\n\n");
        let [(_, inline), ..] = &launches[..] else { panic!("four of them") };
        let shorter = self::launches(jail, b"\x01\x02\x03 more than thirty-two bytes of binary\n");
        assert_ne!(inline.key(), shorter[0].1.key());
    });
}

#[test]
fn debug_profile_warns_of_secret_that_repeats_a_word() {
    in_jail(|jail| {
        jail.set_env("ROCKET_PROFILE", "debug");
        for (setting, launch) in launches(jail, "changeme".repeat(4).as_bytes()) {
            launch.config();
            let warnings = launch.warnings();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            for words in [&format!("`{setting}` repeats the same 8 bytes"), "debug"] {
                assert!(warnings[0].contains(words), "{warnings:?}");
            }
        }
        // A text that other programs would read differently is a fault in all profiles.
        for (setting, launch) in launches(jail, format!("{TEXT} ").as_bytes()) {
            launch.fault(setting);
        }
    });
}
