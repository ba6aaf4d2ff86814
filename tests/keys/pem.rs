//! Keys in files that are made already, and what others call them.

pub(crate) const ES256: &str = include_str!("../settings/keys/es256.pkcs8.pem");
pub(crate) const ES256_PUBLIC: &str = include_str!("../settings/keys/es256.public.pem");
pub(crate) const EDDSA: &str = include_str!("../settings/keys/eddsa.pkcs8.pem");
pub(crate) const EDDSA_PUBLIC: &str = include_str!("../settings/keys/eddsa.public.pem");
pub(crate) const RSA: &str = include_str!("../settings/keys/rsa.pkcs8.pem");
pub(crate) const RSA_PUBLIC: &str = include_str!("../settings/keys/rsa.public.pem");
pub(crate) const OTHER_ES256_PUBLIC: &str = include_str!("../settings/keys/other-es256.public.pem");

/// Their thumbprints (RFC 7638), computed with OpenSSL and Python.
pub(crate) const ES256_THUMBPRINT: &str = "QWDGmQyKQF1fC0g8U-6l3p6N3B4Fn-aaQbmO4RdkY50";
pub(crate) const EDDSA_THUMBPRINT: &str = "jizPLv7cGHID-SuBsj06WPjhM1zB7GuPioaFtUXmPMw";
pub(crate) const RSA_THUMBPRINT: &str = "--k363o5GwER4AxUpBXr5s7fG-dzAsWY60qeuTxeXbQ";

/// What stands between the lines of a PEM file.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64_simd::STANDARD.decode_to_vec(body).expect("base64")
}

/// The public key of a private one of ES256.
pub(crate) fn public(private: &str) -> String {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(private)).expect("PKCS #8");
    let spki = pair.public_key().as_der().expect("its DER");
    let base64 = base64_simd::STANDARD.encode_to_string(spki.as_ref());
    format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
}
