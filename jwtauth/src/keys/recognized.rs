//! Recognizes content that is not a usable key, so that an error can name it.

use base64_simd::STANDARD as BASE64;
use memchr::memmem;

use super::der;
use crate::error::KeyError;

/// A half of a key pair.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Half {
    Private,
    Public,
}

impl Half {
    pub(super) fn name(self) -> &'static str {
        match self {
            Half::Private => "private key",
            Half::Public => "public key",
        }
    }

    /// Selects the text for this half.
    fn choose(self, private: &'static str, public: &'static str) -> &'static str {
        match self {
            Half::Private => private,
            Half::Public => public,
        }
    }
}

pub(super) const ENCRYPTED: &str = "an encrypted private key; `openssl pkey` decrypts it";

/// The error for bytes that are neither PEM nor a usable key in DER.
pub(super) fn no_key(bytes: &[u8], half: Half) -> KeyError {
    if let Some(found) = other_type(bytes) {
        return KeyError::Unsupported { found };
    }
    match in_text(bytes, half).or_else(|| in_der(bytes, half)) {
        Some(found) => KeyError::WrongContent { wanted: half.name(), found },
        None => KeyError::Unreadable,
    }
}

/// The error for a PEM that can't be read.
pub(super) fn broken_pem(bytes: &[u8], is_cut_off: bool) -> KeyError {
    let problem = if memmem::find(bytes, b"\\n").is_some() {
        "with the two characters `\\n` where its lines end"
    } else if is_cut_off {
        "that was cut off: it has a BEGIN line, but not the END line that belongs to it"
    } else {
        "that is damaged: what is between its BEGIN and END lines is not base64"
    };
    KeyError::BrokenPem { problem }
}

/// Names the sections of a PEM that does not contain the wanted key.
pub(super) fn in_pem(labels: &[&str], half: Half) -> &'static str {
    let has = |label: &str| labels.iter().any(|found| found.ends_with(label));
    let is_any = |label: &str| labels.contains(&label);
    if has("ENCRYPTED PRIVATE KEY") {
        ENCRYPTED
    } else if is_any("OPENSSH PRIVATE KEY") {
        "an OpenSSH private key; on a copy of it, `ssh-keygen -p -m PKCS8 -f COPY` makes it PKCS #8"
    } else if is_any("DSA PRIVATE KEY") {
        "a DSA private key, which no algorithm supports"
    } else if has("CERTIFICATE REQUEST") {
        half.choose(
            "a certificate request, whose private key is in another file",
            "a certificate request; `openssl req -pubkey -noout` prints its public key",
        )
    } else if has("CERTIFICATE") {
        half.choose(
            "a certificate, whose private key is in another file",
            "a certificate; `openssl x509 -pubkey -noout` prints its public key",
        )
    } else if labels.iter().any(|label| label.starts_with("PGP ")) {
        "a PGP key"
    } else if has("PRIVATE KEY") {
        "a private key"
    } else if has("PUBLIC KEY") {
        "a public key"
    } else if has("PARAMETERS") {
        "the parameters of keys, which are not a key"
    } else {
        "a PEM of something else"
    }
}

/// Names a text that is not PEM.
fn in_text(bytes: &[u8], half: Half) -> Option<&'static str> {
    let text = str::from_utf8(bytes).ok().map(|text| text.trim_start_matches('\u{feff}').trim());
    let Some(text) = text.filter(|text| !text.contains('\0')) else {
        let zeros = bytes.iter().filter(|byte| **byte == 0).count();
        let is_utf_16 = bytes.len() >= 4 && zeros * 3 > bytes.len() && memmem::find(bytes, b"-\0-\0").is_some();
        return is_utf_16.then_some("text in UTF-16; save it as UTF-8");
    };
    if text.starts_with('{') && (text.contains("\"kty\"") || text.contains("\"keys\"")) {
        return Some("a JWK or a set of them; PEM and DER are read here");
    }
    if ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| text.starts_with(start)) {
        return Some(half.choose(
            "an OpenSSH public key",
            "an OpenSSH public key; `ssh-keygen -e -m PKCS8 -f FILE` prints it as PEM, if it is RSA or EC",
        ));
    }
    if text.starts_with("PuTTY-User-Key-File") {
        return Some("a PuTTY key; PuTTYgen exports it as an OpenSSH key");
    }
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let der = BASE64.decode_to_vec(&digits).ok().map(zeroize::Zeroizing::new);
    der.filter(|der| der::is_one_sequence(der)).map(|_| "base64 without the BEGIN and END lines of PEM around it")
}

/// Names DER or another binary file.
fn in_der(bytes: &[u8], half: Half) -> Option<&'static str> {
    const PKCS7_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    const PBES: [&[u8]; 2] = [
        &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
        &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
    ];
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        return Some("a Java key store; `keytool -importkeystore -deststoretype PKCS12` makes it PKCS #12");
    }
    if bytes.first() != Some(&0x30) {
        return None;
    }
    let start = &bytes[..bytes.len().min(64)];
    // RFC 7292 §4: version 3, followed by the content.
    if memmem::find(start, &[0x02, 0x01, 0x03, 0x30]).is_some() && memmem::find(start, PKCS7_DATA).is_some() {
        return Some(half.choose(
            "a PKCS #12 file; `openssl pkcs12 -nodes -nocerts` prints its private key",
            "a PKCS #12 file; `openssl pkcs12 -nokeys`, then `openssl x509 -pubkey -noout` print its public key",
        ));
    }
    let (0x30, content, _) = der::element(bytes)? else { return None };
    let (0x30, first, rest) = der::element(content)? else { return None };
    // RFC 5958 §3: the scheme, followed by the encrypted data.
    if PBES.iter().any(|oid| first.starts_with(oid)) {
        return Some(ENCRYPTED);
    }
    // RFC 5280 §4.1, RFC 2986 §4.2: the signed data, the algorithm, and the signature.
    let (0x30, _, signature) = der::element(rest)? else { return None };
    let (0x03, _, []) = der::element(signature)? else { return None };
    match first.first() {
        Some(0xa0) => Some(in_pem(&["CERTIFICATE"], half)),
        Some(0x02) => Some(in_pem(&["CERTIFICATE REQUEST"], half)),
        _ => None,
    }
}

/// Recognizes keys of unsupported types by their OIDs.
fn other_type(bytes: &[u8]) -> Option<&'static str> {
    const TYPES: [(&[u8], &str); 10] = [
        (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "an EC key on the curve secp256k1"),
        (&[0x2b, 0x81, 0x04, 0x00, 0x21], "an EC key on the curve P-224"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01], "an EC key on the curve P-192"),
        (&[0x2b, 0x65, 0x71], "an Ed448 key"),
        (&[0x2b, 0x65, 0x6e], "an X25519 key, which does not sign"),
        (&[0x2b, 0x65, 0x6f], "an X448 key, which does not sign"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "a DSA key"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01], "a Diffie-Hellman key, which does not sign"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "an RSA key that is restricted to PSS"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01], "an EC key with explicit parameters, not a named curve"),
    ];
    const BRAINPOOL: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01];
    if !der::is_one_sequence(bytes) || in_der(bytes, Half::Private).is_some() {
        return None;
    }
    let has = |oid: &[u8]| {
        u8::try_from(oid.len()).is_ok_and(|length| memmem::find(bytes, &[&[0x06, length][..], oid].concat()).is_some())
    };
    if memmem::find(bytes, &[&[0x06, 0x09][..], BRAINPOOL].concat()).is_some() {
        return Some("an EC key on a Brainpool curve");
    }
    TYPES.into_iter().find(|(oid, _)| has(oid)).map(|(_, name)| name)
}
