//! Extra data for a report on the settings: the lengths of secrets, and the origins of settings.

use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use figment::Figment;

use super::material::material;
use super::names::{ISSUERS, KEYS, SESSIONS};
use super::sessions;
use super::settings::Settings;
use crate::algorithm::Algorithm;

/// The length of a secret. Contains no part of the secret.
pub(crate) struct SecretSize {
    pub(crate) setting: String,
    pub(crate) origin: Option<String>,
    pub(crate) bytes: usize,
    /// The encoding that the text seems to have, and the number of encoded bytes.
    pub(crate) encoded: Option<(&'static str, usize)>,
    /// The minimum number of bytes.
    pub(crate) least: usize,
}

/// The sizes of all readable secrets in the settings.
pub(crate) fn secret_sizes(figment: &Figment) -> Vec<SecretSize> {
    let mut settings = Settings::of(figment);
    let mut sizes = Vec::from_iter(key_secret(&mut settings));
    for mut table in settings.open_list(KEYS).unwrap_or_default() {
        sizes.extend(key_secret(&mut table));
    }
    for mut table in settings.open_list(ISSUERS).unwrap_or_default() {
        let algorithms = table.texts("algorithms").map_or_else(Vec::new, |setting| setting.value);
        let algorithm = algorithms.iter().filter_map(|name| name.parse().ok()).find(|it: &Algorithm| it.is_hmac());
        sizes.extend(secret_size(&mut table, "master_secret", algorithm.unwrap_or_default().min_secret_len()));
    }
    if let Some(mut table) = settings.open(SESSIONS) {
        sizes.extend(secret_size(&mut table, "secret", sessions::MIN_SECRET));
    }
    sizes
}

/// The origin of the setting that a warning is about: the first setting that it names.
pub(crate) fn origin_of_warning(figment: &Figment, warning: &str) -> Option<String> {
    let settings = Settings::of(figment);
    let names = warning.split('`').skip(1).step_by(2).filter_map(|name| name.split(['.', '[']).next());
    names.filter_map(|name| settings.whereabouts(name)).find_map(|origin| origin.described())
}

fn key_secret(table: &mut Settings<'_>) -> Option<SecretSize> {
    let algorithm = table.text("algorithm").and_then(|setting| setting.value.parse::<Algorithm>().ok());
    secret_size(table, "master_secret", algorithm.unwrap_or_default().min_secret_len())
}

fn secret_size(table: &mut Settings<'_>, name: &str, least: usize) -> Option<SecretSize> {
    let secret = material(table, name)?;
    Some(SecretSize {
        setting: table.named(&secret.setting),
        origin: secret.origin.described(),
        bytes: secret.bytes.len(),
        encoded: encoded(&secret.bytes),
        least,
    })
}

/// The encoding of text that looks like encoded random bytes.
fn encoded(bytes: &[u8]) -> Option<(&'static str, usize)> {
    let has = |is_wanted: fn(&u8) -> bool| bytes.iter().any(is_wanted);
    if bytes.len() >= 16 && bytes.len().is_multiple_of(2) && bytes.iter().all(u8::is_ascii_hexdigit) {
        return Some(("hexadecimal", bytes.len() / 2));
    }
    // Words are usually in one case. Encoded random bytes almost always contain both cases and digits.
    if bytes.len() < 16 || !has(u8::is_ascii_lowercase) || !has(u8::is_ascii_uppercase) || !has(u8::is_ascii_digit) {
        return None;
    }
    let lengths = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|base64| base64.decoded_length(bytes));
    let length = lengths.into_iter().find_map(Result::ok)?;
    Some(("base64", length))
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn encoded_recognizes_base64_and_hexadecimal() {
        assert_eq!(encoded(&b"0123456789abcdef".repeat(4)), Some(("hexadecimal", 32)));
        assert_eq!(encoded(b"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="), Some(("base64", 32)));
        assert_eq!(encoded(b"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"), Some(("base64", 32)));
        for text in ["a secret that is a sentence of words", "correcthorsebatterystaple", "", "abc1", "0123"] {
            assert_eq!(encoded(text.as_bytes()), None, "{text}");
        }
    }
}
