//! Keys in PEM from the folder `pem`. Its README lists the commands that created them. They are used only in tests.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

macro_rules! files {
    ($($name:ident = $file:literal;)*) => {
        $(
            #[doc = concat!("The file `", $file, "`.")]
            pub const $name: &str = include_str!(concat!("pem/", $file));
        )*
    };
}

files! {
    ES256 = "es256.pkcs8.pem";
    ES256_SEC1 = "es256.sec1.pem";
    ES256_PUBLIC = "es256.public.pem";
    ES384 = "es384.pkcs8.pem";
    ES384_SEC1 = "es384.sec1.pem";
    ES384_PUBLIC = "es384.public.pem";
    ES512 = "es512.pkcs8.pem";
    ES512_SEC1 = "es512.sec1.pem";
    ES512_PUBLIC = "es512.public.pem";
    EDDSA = "eddsa.pkcs8.pem";
    EDDSA_PUBLIC = "eddsa.public.pem";
    RSA = "rsa.pkcs8.pem";
    RSA_PKCS1 = "rsa.pkcs1.pem";
    RSA_PUBLIC = "rsa.public.pem";
    RSA_PUBLIC_PKCS1 = "rsa.public.pkcs1.pem";
    RSA_1024 = "rsa1024.pkcs8.pem";
    RSA_1024_PUBLIC = "rsa1024.public.pem";
    RSA_8200 = "rsa8200.pkcs8.pem";
    RSA_8200_PUBLIC = "rsa8200.public.pem";
    OTHER_ES256_PUBLIC = "other-es256.public.pem";
    OTHER_EDDSA_PUBLIC = "other-eddsa.public.pem";
    OTHER_RSA_PUBLIC = "other-rsa.public.pem";
    ENCRYPTED_PKCS8 = "encrypted.pkcs8.pem";
    ENCRYPTED_SEC1 = "encrypted.sec1.pem";
    CERTIFICATE = "certificate.pem";
    PARAMETERS_FIRST = "parameters-first.sec1.pem";
    SECP256K1 = "secp256k1.pkcs8.pem";
    RSA_PSS = "rsa-pss.pkcs8.pem";
    ED448 = "ed448.pkcs8.pem";
}

/// The RFC 7638 thumbprint of [`ES256`], computed with OpenSSL and Python.
pub const ES256_THUMBPRINT: &str = "QWDGmQyKQF1fC0g8U-6l3p6N3B4Fn-aaQbmO4RdkY50";
/// The RFC 7638 thumbprint of [`EDDSA`], computed with OpenSSL and Python.
pub const EDDSA_THUMBPRINT: &str = "jizPLv7cGHID-SuBsj06WPjhM1zB7GuPioaFtUXmPMw";
/// The RFC 7638 thumbprint of [`RSA`], computed with OpenSSL and Python.
pub const RSA_THUMBPRINT: &str = "--k363o5GwER4AxUpBXr5s7fG-dzAsWY60qeuTxeXbQ";

/// The content of a PEM file that has one section without headers.
pub fn der(pem: &str) -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(body(pem).concat()).expect("base64")
}

/// The base64 lines of a PEM file, which must never appear in a log.
pub fn body(pem: &str) -> Vec<&str> {
    pem.lines().filter(|line| !line.starts_with("-----") && !line.contains(": ") && !line.is_empty()).collect()
}

/// One section of a PEM file with this label and content, in lines of 64 characters (RFC 7468).
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = base64_simd::STANDARD.encode_to_string(der);
    let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The public key of an ES256 private key, both in PEM.
pub fn public(private: &str) -> String {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(private)).expect("PKCS #8");
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("its DER");
    encode("PUBLIC KEY", spki.as_ref())
}
