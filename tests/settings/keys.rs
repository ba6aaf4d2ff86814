//! The keys of the tests, in the files of the folder `keys`: made once, with the commands in the README
//! there, and good for nothing else.

macro_rules! files {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) const $name: &str = include_str!(concat!("keys/", $file));)*
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

/// What stands between the lines of a PEM file that has one section without headers.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(body(pem).concat()).expect("base64")
}

/// The lines of a PEM file that nobody may see.
pub(crate) fn body(pem: &str) -> Vec<&str> {
    pem.lines().filter(|line| !line.starts_with("-----") && !line.contains(": ") && !line.is_empty()).collect()
}
