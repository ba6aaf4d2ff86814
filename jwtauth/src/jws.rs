//! The form of a token: a JWS (RFC 7515) in compact form. It is split, its header is read, and its parts are decoded
//! here. This module knows nothing of keys, claims, Rocket, or the time.
//!
//! A token is accepted in exactly one form: three parts, unpadded canonical base64url, a header that is one JSON
//! object. The payload is decoded only after the signature has been checked. With trusted issuers, `iss` is read before
//! that, to choose the keys (`issuers.rs`).

use std::borrow::Cow;
use std::fmt;

use base64_simd::{Out, URL_SAFE_NO_PAD as BASE64};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::algorithm::Algorithm;
use crate::error::TokenError;
use crate::json;
use crate::json::set;

/// The most bytes a token may have: well above the 8 KiB that servers usually take for a line of a header.
/// It bounds what a request can make us allocate.
pub(crate) const MAX_LEN: usize = 16 * 1024;

/// The payload of a token that has been verified before.
pub(crate) fn payload<'b>(token: &[u8], buffer: &'b mut Buffer) -> Result<&'b [u8], TokenError> {
    buffer.decode(Parts::split(token)?.payload)
}

/// Why a token is refused that no key is there for: its form or, if that is right, its issuer.
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

/// Why a token is refused that is in the form of no token that we issue.
#[cold]
pub(crate) fn unknown_form(token: &[u8]) -> TokenError {
    if token.len() > MAX_LEN {
        return TokenError::TooLong;
    }
    // The compact form of a JWE: header, key, initialization vector, ciphertext, tag (RFC 7516 §7.1).
    let is_encrypted = token.iter().filter(|byte| **byte == b'.').count() == 4 && !token.starts_with(b".");
    if is_encrypted { TokenError::Encrypted } else { TokenError::Malformed }
}

/// Where a header and then a payload are decoded to: on the stack, unless they are long.
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

/// The beginning of a token, up to the dot before its signature. It has room for the signature.
pub(crate) fn without_signature(header: &str, payload: &[u8]) -> String {
    // Room for the longest signature in common use, RSA with 4096 bits.
    let capacity = header.len() + BASE64.encoded_length(payload.len()) + 2 + 684;
    let mut token = String::with_capacity(capacity);
    token.push_str(header);
    token.push('.');
    BASE64.encode_append(payload, &mut token);
    token
}

/// The header of our own tokens, encoded.
pub(crate) fn encode_header(algorithm: Algorithm, kid: Option<&str>) -> String {
    let kid = match kid {
        Some(kid) => format!(",\"kid\":{}", serde_json::Value::from(kid)),
        None => String::new(),
    };
    BASE64.encode_to_string(format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"{kid}}}"))
}

/// The three parts of a token, as they stand in it.
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
    /// What the signature is over: header, dot, payload.
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

/// What we read of a header. Keys that a token brings along or points at (`jwk`, `jku`, `x5c`, `x5u`)
/// are not among it: they are parameters like any that we do not know, and ignored (RFC 8725 §3.10).
pub(crate) struct Header<'h> {
    pub(crate) alg: Cow<'h, str>,
    pub(crate) kid: Option<Cow<'h, str>>,
    /// Whether its type is that of an access token, and of nothing else (RFC 9068 §2.1).
    #[cfg_attr(not(feature = "issuers"), allow(dead_code))]
    pub(crate) is_access_token: bool,
}

impl<'h> Header<'h> {
    pub(crate) fn parse(header: &'h [u8]) -> Result<Self, TokenError> {
        let text = std::str::from_utf8(header).map_err(|_| TokenError::Malformed)?;
        if !json::is_harmless(text) {
            return Err(TokenError::Malformed);
        }
        let Members { alg, kid, typ, is_extended } = serde_json::from_str(text).map_err(|_| TokenError::Malformed)?;
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
struct Members<'h> {
    alg: Option<Cow<'h, str>>,
    kid: Option<Cow<'h, str>>,
    typ: Option<Cow<'h, str>>,
    /// Whether an extension must be understood. We know none.
    is_extended: bool,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
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

/// Any JSON object, and nothing else.
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

/// `JWT`, or `at+jwt` (RFC 9068 §2.1), and no other, so that other kinds of token under the same key, a DPoP proof
/// say, are not taken for one of ours (RFC 8725 §3.11). Media types are compared without case, and may
/// be written in full (RFC 7515 §4.1.9).
fn is_type(typ: &str, wanted: &str) -> bool {
    const FULL: &str = "application/";
    let short = match typ.get(..FULL.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(FULL) => &typ[FULL.len()..],
        _ => typ,
    };
    short.eq_ignore_ascii_case(wanted)
}
