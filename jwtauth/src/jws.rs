//! The form of a token: a JWS (RFC 7515) in compact form. This module splits a token, reads its header, and decodes its
//! parts. It does not depend on keys, claims, Rocket, or the time.
//!
//! A token is accepted in exactly one form: three parts in unpadded canonical base64url, with a header that is one JSON
//! object. The payload is decoded only after the signature has been checked. With trusted issuers, `iss` is read
//! earlier, to choose the keys (`issuers.rs`).

use std::borrow::Cow;
use std::fmt;

use base64_simd::{Out, URL_SAFE_NO_PAD as BASE64};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::algorithm::Algorithm;
use crate::error::TokenError;
use crate::json;
use crate::json::set;

/// The maximum length of a token in bytes. It limits how much memory a request can make us allocate. Most servers
/// accept at most 8 KiB for a header line.
pub(crate) const MAX_LEN: usize = 16 * 1024;

/// Decodes the payload of a token that was verified earlier.
pub(crate) fn payload<'b>(token: &[u8], buffer: &'b mut Buffer) -> Result<&'b [u8], TokenError> {
    buffer.decode(Parts::split(token)?.payload)
}

/// The error for a token for which there is no key: the fault in its form, or otherwise its issuer.
#[cold]
pub(crate) fn without_key(token: &[u8]) -> TokenError {
    let mut buffer = Buffer::new();
    let mut check = || {
        let parts = Parts::split(token)?;
        Header::parse(buffer.decode(parts.header)?)?;
        let payload = str::from_utf8(buffer.decode(parts.payload)?).map_err(|_| TokenError::Malformed)?;
        if !json::is_harmless(payload) || serde_json::from_str::<Object>(payload).is_err() {
            return Err(TokenError::Malformed);
        }
        buffer.decode(parts.signature)?;
        Ok(())
    };
    check().err().unwrap_or(TokenError::Issuer)
}

/// The error for a token in an unknown form: too long, encrypted, or malformed.
#[cold]
pub(crate) fn unknown_form(token: &[u8]) -> TokenError {
    if token.len() > MAX_LEN {
        return TokenError::TooLong;
    }
    // The compact form of a JWE: header, key, initialization vector, ciphertext, tag (RFC 7516 §7.1).
    let is_encrypted = token.iter().filter(|byte| **byte == b'.').count() == 4 && !token.starts_with(b".");
    if is_encrypted { TokenError::Encrypted } else { TokenError::Malformed }
}

/// A buffer for a decoded header or payload. It is on the stack unless the content is long.
pub(crate) struct Buffer {
    short: [u8; 1024],
    long: Vec<u8>,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Buffer { short: [0; 1024], long: Vec::new() }
    }

    pub(crate) fn decode(&mut self, part: &[u8]) -> Result<&[u8], TokenError> {
        if BASE64.estimated_decoded_length(part.len()) <= self.short.len() {
            return match BASE64.decode(part, Out::from_slice(&mut self.short)) {
                Ok(decoded) => Ok(decoded),
                Err(_) => Err(TokenError::Malformed),
            };
        }
        self.long.clear();
        BASE64.decode_append(part, &mut self.long).map_err(|_| TokenError::Malformed)?;
        Ok(&self.long)
    }
}

/// The header and payload of a token, encoded, with a dot between them. The string has room for the signature.
pub(crate) fn without_signature(header: &str, payload: &[u8]) -> String {
    // The longest signature in common use is RSA with 4096 bits.
    let capacity = header.len() + BASE64.encoded_length(payload.len()) + 2 + 684;
    let mut token = String::with_capacity(capacity);
    token.push_str(header);
    token.push('.');
    BASE64.encode_append(payload, &mut token);
    token
}

/// The encoded header of the application's own tokens.
pub(crate) fn encode_header(algorithm: Algorithm, kid: Option<&str>) -> String {
    let kid = match kid {
        Some(kid) => format!(",\"kid\":{}", serde_json::Value::from(kid)),
        None => String::new(),
    };
    BASE64.encode_to_string(format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"{kid}}}"))
}

/// The three parts of a token, still encoded.
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
    /// The signed text: header, dot, payload.
    pub(crate) signed: &'t [u8],
}

impl<'t> Parts<'t> {
    pub(crate) fn split(token: &'t [u8]) -> Result<Self, TokenError> {
        if token.len() > MAX_LEN {
            return Err(TokenError::TooLong);
        }
        let first = memchr::memchr(b'.', token).ok_or(TokenError::Malformed)?;
        let last = memchr::memrchr(b'.', token).ok_or(TokenError::Malformed)?;
        if first == last || memchr::memchr(b'.', &token[first + 1..last]).is_some() {
            return Err(unknown_form(token));
        }
        Ok(Parts {
            header: &token[..first],
            payload: &token[first + 1..last],
            signature: &token[last + 1..],
            signed: &token[..last],
        })
    }
}

/// The members of a header that we use. Keys in the header (`jwk`, `x5c`) and links to keys (`jku`, `x5u`) are ignored
/// like all unknown parameters (RFC 8725 §3.10).
pub(crate) struct Header<'h> {
    pub(crate) alg: Cow<'h, str>,
    pub(crate) kid: Option<Cow<'h, str>>,
    /// Whether `typ` is `at+jwt`, which only access tokens have (RFC 9068 §2.1).
    #[cfg_attr(not(feature = "issuers"), allow(dead_code))]
    pub(crate) is_access_token: bool,
}

impl<'h> Header<'h> {
    pub(crate) fn parse(header: &'h [u8]) -> Result<Self, TokenError> {
        let text = std::str::from_utf8(header).map_err(|_| TokenError::Malformed)?;
        if !json::is_harmless(text) {
            return Err(TokenError::Malformed);
        }
        let HeaderMembers { alg, kid, typ, is_extended } =
            serde_json::from_str(text).map_err(|_| TokenError::Malformed)?;
        let alg = alg.ok_or(TokenError::Malformed)?;
        if is_extended {
            return Err(TokenError::Extension);
        }
        let is_access_token = typ.as_deref().is_some_and(|typ| is_type(typ, "at+jwt"));
        if !is_access_token && typ.is_some_and(|typ| !is_type(&typ, "JWT")) {
            return Err(TokenError::Type);
        }
        Ok(Header { alg, kid, is_access_token })
    }
}

/// The members of a header that are read.
#[derive(Default)]
struct HeaderMembers<'h> {
    alg: Option<Cow<'h, str>>,
    kid: Option<Cow<'h, str>>,
    typ: Option<Cow<'h, str>>,
    /// Whether the header requires an extension. We support none.
    is_extended: bool,
}

impl<'de> Deserialize<'de> for HeaderMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = HeaderMembers::default();
        while let Some(json::Text(name)) = map.next_key()? {
            match &*name {
                "alg" => set(&mut members.alg, map.next_value::<json::Text<'de>>()?.0)?,
                "kid" => set(&mut members.kid, map.next_value::<json::Text<'de>>()?.0)?,
                "typ" => set(&mut members.typ, map.next_value::<json::Text<'de>>()?.0)?,
                name => {
                    // RFC 7515 §4.1.11: a critical extension. RFC 7797 §7: `b64` changes what is signed.
                    members.is_extended |= matches!(name, "crit" | "b64");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

/// Any JSON object. Its content is skipped.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Object)
    }
}

/// Whether `typ` is the wanted media type. Only `JWT` and `at+jwt` (RFC 9068 §2.1) are accepted, so that another kind
/// of token under the same key, such as a DPoP proof, is not accepted as an access token (RFC 8725 §3.11). Media types
/// are case-insensitive and may have the prefix `application/` (RFC 7515 §4.1.9).
fn is_type(typ: &str, wanted: &str) -> bool {
    const FULL: &str = "application/";
    let short = match typ.get(..FULL.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(FULL) => &typ[FULL.len()..],
        _ => typ,
    };
    short.eq_ignore_ascii_case(wanted)
}
