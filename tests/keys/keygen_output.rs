//! The output of `jwtauth keygen`.

use std::ffi::OsString;
use std::fs;
use std::sync::LazyLock;

use jwtauth::cli::{self, Streams, keygen};
use jwtauth::{Algorithm, Clock};

use crate::launch::{Launch, in_jail, launch_here, rocket_toml};

/// The output of the command: the settings, or an error.
fn run(arguments: &[&str]) -> Result<String, String> {
    let arguments: Vec<OsString> = ["keygen"].iter().chain(arguments).map(OsString::from).collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams { input: &mut std::io::empty(), output: &mut output, errors: &mut errors };
    let code = cli::run(&arguments, &mut streams, &Clock::system());
    let (output, errors) = (String::from_utf8(output).expect("text"), String::from_utf8(errors).expect("text"));
    match code {
        cli::GOOD => {
            assert!(errors.is_empty(), "{errors}");
            Ok(output)
        }
        _ => {
            assert!(output.is_empty(), "{output}");
            Err(errors)
        }
    }
}

/// A key for an algorithm, as the content of a file. RSA keys are slow to generate, so there is only one.
pub(crate) fn key(algorithm: Algorithm) -> &'static str {
    static RSA: LazyLock<String> = LazyLock::new(|| new_key(Algorithm::RS256));
    match algorithm.name() {
        name if name.starts_with(['R', 'P']) => &RSA,
        _ => new_key(algorithm).leak(),
    }
}

/// A new key for an algorithm.
pub(crate) fn new_key(algorithm: Algorithm) -> String {
    keygen::generate(algorithm).expect("randomness")
}

fn assert_works(launch: &Launch, algorithm: Algorithm) {
    assert_eq!(launch.key().0, algorithm);
    let tokens = launch.issue("alice");
    assert_eq!(launch.userid(&tokens).as_deref(), Some("alice"), "{algorithm}");
    assert!(launch.warnings().is_empty(), "{:?}", launch.warnings());
}

#[test]
fn keygen_output_launches_for_each_algorithm() {
    for algorithm in Algorithm::ALL.iter().copied() {
        in_jail(|jail| {
            jail.create_dir("keys").expect("a folder");
            let settings = run(&[algorithm.name(), "keys/new \"one\" ü\\.pem"]).expect("a key");
            rocket_toml(jail, &settings);
            assert_works(&launch_here(), algorithm);
            assert!(settings.starts_with("[[default.jwtauth.keys]]\n"), "{settings}");
            assert_eq!(settings.lines().count(), 3);
            // Appended to existing settings, with another key.
            let other = run(&["EdDSA"]).expect("a key");
            rocket_toml(jail, &format!("[default.jwtauth]\nleeway = 5\n\n{settings}\n{other}"));
            let launch = launch_here();
            assert_eq!((launch.jwtauth().keys().keys().len(), launch.config().leeway), (2, 5));
        });
    }
}

#[test]
fn keygen_names_file_after_algorithm_by_default() {
    in_jail(|jail| {
        let settings = run(&["ES256"]).expect("a key");
        assert_eq!(settings, "[[default.jwtauth.keys]]\nprivate_key_file = \"es256.pem\"\nalgorithm = \"ES256\"\n");
        let settings = run(&["HS512"]).expect("a key");
        assert_eq!(
            settings,
            "[[default.jwtauth.keys]]\nmaster_secret_file = \"hs512.secret\"\nalgorithm = \"HS512\"\n"
        );
        assert!(jail.directory().join("es256.pem").exists() && jail.directory().join("hs512.secret").exists());
    });
}

#[test]
fn keygen_overwrites_no_file() {
    in_jail(|jail| {
        jail.create_file("key", "something").expect("a file");
        jail.create_dir("folder").expect("a folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink("elsewhere", jail.directory().join("link")).expect("a link");
        for name in [
            "key",
            "folder",
            "nowhere/key",
            #[cfg(unix)]
            "link",
        ] {
            for algorithm in ["HS256", "ES256"] {
                let refusal = run(&[algorithm, name]).expect_err("it is there");
                assert!(refusal.starts_with(&format!("jwtauth keygen: {name}: ")), "{refusal}");
            }
        }
        let refusal = |name| run(&["HS256", name]).expect_err("it is there");
        assert_eq!(refusal("key"), "jwtauth keygen: key: exists already, and is not overwritten\n");
        assert_eq!(refusal("nowhere/key"), "jwtauth keygen: nowhere/key: the folder does not exist\n");
        assert_eq!(fs::read_to_string("key").expect("a file"), "something");
        assert!(!jail.directory().join("elsewhere").exists());
    });
}

#[cfg(unix)]
#[test]
fn keygen_creates_file_with_mode_0600() {
    use std::os::unix::fs::PermissionsExt;
    in_jail(|_| {
        for algorithm in ["HS256", "EdDSA"] {
            run(&[algorithm, algorithm]).expect("a key");
            let mode = fs::metadata(algorithm).expect("a file").permissions().mode();
            assert_eq!(mode & 0o7777, 0o600, "{mode:o}");
        }
    });
}

#[test]
fn keygen_prints_usage_for_wrong_arguments() {
    in_jail(|_| {
        for arguments in [&[][..], &["none"], &["es256"], &["ES256", "a", "b"]] {
            let refusal = run(arguments).expect_err("usage");
            assert!(refusal.contains("jwtauth keygen --help"), "{refusal}");
        }
        assert_eq!(fs::read_dir(".").expect("a folder").count(), 0);
    });
}

/// The minimum of 2048 bits is considered secure for ten years less.
#[test]
fn keygen_makes_rsa_of_3072_bits_and_hash_sized_secrets() {
    let der = crate::pem::der(key(Algorithm::PS384));
    let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(&der).expect("PKCS #8");
    assert_eq!(pair.public_modulus_len() * 8, 3072);
    for (algorithm, bytes) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
        let secret = new_key(algorithm);
        assert!(secret.ends_with('\n') && secret.len() == 2 * bytes + 1, "{}", secret.len());
        assert!(secret.trim().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_ne!(secret, new_key(algorithm));
    }
}
