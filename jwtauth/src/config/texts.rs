//! Settings whose text must have a certain form.

use super::settings::{Origin, Settings};
use crate::claims::is_reserved;
use crate::keys::KeyRing;

/// Reads a path that can be mounted. There must be a public key to publish there.
pub(super) fn jwks_path(settings: &mut Settings<'_>, keys: Option<&KeyRing>) -> Option<String> {
    let setting = settings.text("jwks_path")?;
    let is_segment = |segment: &str| {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        // Segments must not be empty, `.` or `..`.
        segment.bytes().any(|byte| byte != b'.') && segment.bytes().all(is_safe)
    };
    if !setting.value.strip_prefix('/').is_some_and(|path| path.split('/').all(is_segment)) {
        let remedy = "write a path such as `/.well-known/jwks.json`";
        settings.fault("jwks_path", Some(&setting.origin), "is not a path that can be mounted", remedy);
        return None;
    }
    check_publishable(settings, Some(&setting.origin), keys).then_some(setting.value)
}

/// Adds a fault if the ring has no key that can be published.
pub(super) fn check_publishable(settings: &mut Settings<'_>, origin: Option<&Origin>, keys: Option<&KeyRing>) -> bool {
    // A missing ring was reported as a fault of its own.
    let lacks = keys.is_some_and(|keys| !keys.has_public());
    if lacks {
        let problem = "is set, and there is no public key to publish: a secret is not published, because it also signs";
        let remedy = "remove it, or sign with a private key (`algorithm = \"EdDSA\"`)";
        settings.fault("jwks_path", origin, problem, remedy);
    }
    !lacks
}

pub(super) fn auth_header_prefix(settings: &mut Settings<'_>) -> String {
    let default = "Bearer".to_owned();
    let Some(setting) = settings.text("auth_header_prefix") else {
        return default;
    };
    // The characters of a token in RFC 9110 §5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if setting.value.bytes().all(is_token) {
        return setting.value;
    }
    settings.fault(
        "auth_header_prefix",
        Some(&setting.origin),
        "has characters that the name of a scheme can't contain",
        "write one word of letters, digits and dashes, such as `Bearer`",
    );
    default
}

pub(super) fn userid_claim(settings: &mut Settings<'_>) -> String {
    let default = "sub".to_owned();
    let Some(setting) = settings.text("userid_claim") else {
        return default;
    };
    if setting.value != default && is_reserved(&setting.value) {
        settings.fault(
            "userid_claim",
            Some(&setting.origin),
            "is the name of a claim with another meaning",
            "choose another name, such as `sub`",
        );
        return default;
    }
    setting.value
}

pub(super) fn realm(settings: &mut Settings<'_>) -> Option<String> {
    let setting = settings.text("realm")?;
    if setting.value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some(setting.value);
    }
    settings.fault("realm", Some(&setting.origin), "has characters that a header can't contain", "write it in ASCII");
    None
}
