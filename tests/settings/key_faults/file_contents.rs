//! The message for a file or text that is not a key names its content and the remedy.

use jwtauth_tests::pem::encode as pem;

use crate::keys::{self, *};
use crate::launch::{in_jail, launch, launch_here, rocket_toml};

/// A DER element with this content.
fn der(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u16::try_from(content.len()).expect("a short one").to_be_bytes();
    [&[tag, 0x82][..], &length, &content].concat()
}

fn pkcs12() -> Vec<u8> {
    let oid = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    der(0x30, &[&[0x02, 0x01, 0x03], &der(0x30, &[&oid, &der(0xa0, &[&[0x04, 0x02, 7, 7]])])])
}

fn request() -> Vec<u8> {
    der(0x30, &[&der(0x30, &[&[0x02, 0x01, 0x00], &der(0x30, &[])]), &der(0x30, &[]), &[0x03, 0x02, 0, 7]])
}

fn utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Launches with each content as this setting for ES256, and checks that the fault contains the words.
fn assert_all_say(setting: &str, cases: &[(&[u8], &[&str])]) {
    for (bytes, words) in cases {
        in_jail(|jail| {
            jail.create_binary("key", bytes).expect("a file");
            rocket_toml(jail, &format!("[default.jwtauth]\nalgorithm = \"ES256\"\n{setting} = \"key\""));
            let fault = launch_here().fault(setting);
            fault.assert_says(words);
            assert!(fault.text.split_once("; ").is_some_and(|(_, remedy)| remedy.len() > 10), "{fault:?}");
        });
    }
}

#[test]
fn fault_of_private_key_file_names_its_content() {
    let body = keys::body(ES256).concat();
    let ssh = pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0none");
    let literal = ES256.replace('\n', "\\n");
    let damaged = ES256.replacen(&body[..4], "<>!?", 1);
    let crt = keys::der(CERTIFICATE);
    assert_all_say(
        "private_key_file",
        &[
            (ssh.as_bytes(), &["but an OpenSSH private key", "ssh-keygen -p -m PKCS8"]),
            (literal.as_bytes(), &["a PEM with the two characters `\\n` where its lines end", "lines as they were"]),
            (damaged.as_bytes(), &["a PEM that is damaged"]),
            (&ES256.as_bytes()[..100], &["a PEM that was cut off"]),
            (br#"{"kty":"EC","crv":"P-256","d":"AA"}"#, &["but a JWK", "PEM and DER"]),
            (br#"{"keys":[]}"#, &["but a JWK or a set of them"]),
            (b"ssh-rsa AAAAB3NzaC1yc2E alice@example.com\n", &["but an OpenSSH public key"]),
            (b"PuTTY-User-Key-File-3: ssh-ed25519\n", &["but a PuTTY key", "PuTTYgen"]),
            (&pkcs12(), &["but a PKCS #12 file", "openssl pkcs12"]),
            (b"\xfe\xed\xfe\xed\0\0\0\x02", &["but a Java key store", "keytool"]),
            (pem("CERTIFICATE REQUEST", &request()).as_bytes(), &["but a certificate request"]),
            (&request(), &["but a certificate request"]),
            (&crt, &["but a certificate, whose private key is in another file"]),
            (&keys::der(ENCRYPTED_PKCS8), &["but an encrypted private key", "`openssl pkey` decrypts it"]),
            (body.as_bytes(), &["base64 without the BEGIN and END lines of PEM"]),
            (&utf_16(ES256), &["but text in UTF-16", "save it as UTF-8"]),
            (pem("EC PARAMETERS", &[0x06, 0x01, 0x2a]).as_bytes(), &["but the parameters of keys"]),
            (pem("PGP PRIVATE KEY BLOCK", b"x").as_bytes(), &["but a PGP key"]),
            (ES256_PUBLIC.as_bytes(), &["but a public key"]),
            (ES384.as_bytes(), &["ES256 needs an EC key on the curve P-256; this is an EC key on the curve P-384"]),
            (SECP256K1.as_bytes(), &["this is an EC key on the curve secp256k1", "use another key"]),
            (ED448.as_bytes(), &["this is an Ed448 key", "use another key"]),
            (b"", &["names an empty file", "has written it"]),
            (b" \n", &["names a file that is empty but for white space"]),
            (b"hunter2", &["neither PEM nor DER", "openssl genpkey"]),
        ],
    );
}

#[test]
fn fault_of_public_key_file_names_its_content() {
    assert_all_say(
        "public_key_file",
        &[
            (b"ssh-rsa AAAAB3NzaC1yc2E alice@example.com\n", &["an OpenSSH public key", "ssh-keygen -e -m PKCS8"]),
            (&keys::der(CERTIFICATE), &["but a certificate", "openssl x509 -pubkey"]),
            (&request(), &["but a certificate request", "openssl req -pubkey"]),
            (&pkcs12(), &["but a PKCS #12 file", "-nokeys"]),
            (ES256.as_bytes(), &["but a private key"]),
            (EDDSA_PUBLIC.as_bytes(), &["this is an Ed25519 key"]),
        ],
    );
}

#[test]
fn fault_of_pem_with_literal_newlines_shows_how_to_write_it() {
    let literal = ES256.replace('\n', "\\n");
    let fault = launch(&format!("algorithm = \"ES256\"\nprivate_key = '{literal}'")).fault("private_key");
    fault.assert_says(&["the two characters `\\n`", "'''", "`private_key_file`"]);
}

#[test]
fn fault_of_unreadable_path_names_what_is_there() {
    in_jail(|jail| {
        jail.create_dir("folder").expect("a folder");
        for (path, words) in [
            ("nowhere.pem", &["names a file that can't be read: it does not exist", "check the path"][..]),
            ("folder", &["names a file that can't be read: it is a folder", "name the file in it"]),
        ] {
            rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret_file = \"{path}\""));
            launch_here().fault("master_secret_file").assert_says(words);
        }
    });
}

/// Skipped for a user who can read every file, such as root.
#[cfg(unix)]
#[test]
fn fault_of_file_without_permission_names_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    in_jail(|jail| {
        jail.create_file("secret", "x").expect("a file");
        std::fs::set_permissions("secret", std::fs::Permissions::from_mode(0o000)).expect("permissions");
        if std::fs::read("secret").is_err() {
            rocket_toml(jail, "[default.jwtauth]\nmaster_secret_file = \"secret\"");
            let fault = launch_here().fault("master_secret_file");
            fault.assert_says(&["can't be read: permission denied", "let the user that runs this program read it"]);
        }
    });
}

#[test]
fn fault_of_misspelt_algorithm_suggests_the_right_one() {
    for (name, words) in [
        ("hs256", "did you mean `HS256`?"),
        ("Es384", "did you mean `ES384`?"),
        ("EDDSA", "did you mean `EdDSA`?"),
        ("Ed25519", "did you mean `EdDSA`?"),
        ("none", "would be tokens without a signature"),
        ("ES256K", "write one of HS256"),
    ] {
        launch(&format!("algorithm = \"{name}\"")).fault("algorithm").assert_says(&[words]);
    }
}
