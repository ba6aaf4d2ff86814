//! `jwtauth keygen`: creates a secret or a private key in a new file, and prints the settings for Rocket.toml.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::{BAD, GOOD, Streams};
use crate::algorithm::Algorithm;

pub(super) fn command(algorithm: Algorithm, file: Option<&OsStr>, streams: &mut Streams<'_>) -> io::Result<u8> {
    match make(algorithm, file) {
        Ok(settings) => write!(streams.output, "{settings}").map(|()| GOOD),
        Err(reason) => writeln!(streams.errors, "jwtauth keygen: {reason}").map(|()| BAD),
    }
}

/// Creates a key in a new file. Returns the settings for it.
fn make(algorithm: Algorithm, file: Option<&OsStr>) -> Result<String, String> {
    let (setting, extension) = match algorithm.is_hmac() {
        true => ("master_secret_file", "secret"),
        false => ("private_key_file", "pem"),
    };
    let default = format!("{algorithm}.{extension}").to_lowercase();
    let file = match file {
        Some(file) => file.to_str().ok_or("the path is not UTF-8, and Rocket.toml could not name it")?,
        None => &default,
    };
    let key = generate(algorithm).map_err(|Unspecified| "the operating system has no randomness to make a key of")?;
    let key = Zeroizing::new(key);
    write_new(Path::new(file), &key).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{file}: the folder does not exist"),
        io::ErrorKind::AlreadyExists => format!("{file}: exists already, and is not overwritten"),
        _ => format!("{file}: {error}"),
    })?;
    // JSON and TOML escape strings in the same way.
    let file = serde_json::Value::from(file);
    Ok(format!("[[default.jwtauth.keys]]\n{setting} = {file}\nalgorithm = \"{algorithm}\"\n"))
}

/// Generates a key, and returns the text of its file.
///
/// # Errors
///
/// If the operating system provides no randomness.
pub fn generate(algorithm: Algorithm) -> Result<String, Unspecified> {
    match algorithm {
        Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::ES512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
        Algorithm::EdDSA => Ok(pem(Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref())),
        algorithm if algorithm.is_hmac() => secret(algorithm.min_secret_len()),
        _ => rsa(),
    }
}

/// Random bytes of the size of the algorithm's hash, in hexadecimal, because some editors would damage binary data.
fn secret(bytes: usize) -> Result<String, Unspecified> {
    let mut secret = vec![0; bytes];
    rand::fill(&mut secret)?;
    Ok(secret.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect())
}

fn ec(algorithm: &'static EcdsaSigningAlgorithm) -> Result<String, Unspecified> {
    Ok(pem(EcdsaKeyPair::generate(algorithm)?.to_pkcs8v1()?.as_ref()))
}

/// An RSA key of 3072 bits, which is as strong as the other algorithms (NIST SP 800-57 part 1, table 2).
fn rsa() -> Result<String, Unspecified> {
    let pair = RsaKeyPair::generate(KeySize::Rsa3072)?;
    Ok(pem(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref()))
}

/// PKCS #8 in PEM (RFC 7468 §10).
fn pem(der: &[u8]) -> String {
    let base64 = base64_simd::STANDARD.encode_to_string(der);
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (place, char) in base64.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(char);
    }
    text + "\n-----END PRIVATE KEY-----\n"
}

/// Writes a new file that only its owner can read, from the moment it is created.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Removes an incomplete key.
        let _ = fs::remove_file(path);
    }
    written
}
