//! Reads the key settings and creates the key ring.

use super::material::{Material, material};
use super::names::{ISSUERS, KEYS, OF_KEY, of_single_key};
use super::settings::{Setting, Settings};
use crate::algorithm::Algorithm;
use crate::error::KeyError;
use crate::keys::{Key, KeyRing};
use crate::secret::Secret;

/// Reads the key settings. Returns `None` if any of them has a fault.
pub(super) fn read(settings: &mut Settings<'_>, now: u64) -> Option<KeyRing> {
    if settings.is_set(KEYS) {
        return list(settings, now);
    }
    // An application that accepts only the tokens of issuers needs no key. Without the feature `issuers`, the setting
    // is a fault by itself.
    if settings.is_set(ISSUERS) && !of_single_key().iter().any(|name| settings.is_set(name)) {
        return Some(KeyRing::default());
    }
    let lenient = *settings.figment.profile() == rocket::Config::DEBUG_PROFILE;
    one(settings, Some(lenient)).map(KeyRing::from)
}

/// Creates a ring from the list of keys.
fn list(settings: &mut Settings<'_>, now: u64) -> Option<KeyRing> {
    for name in of_single_key() {
        if let Some((_, origin)) = settings.take(name) {
            let problem = format!("is set beside the list `{KEYS}`");
            settings.fault(name, Some(&origin), problem, "move it to a key of the list, or remove it");
        }
    }
    let tables = settings.open_list(KEYS)?;
    let count = tables.len();
    let mut keys: Vec<(usize, Key)> = Vec::new();
    for (place, mut table) in tables.into_iter().enumerate() {
        let times = Times::read(&mut table);
        let refresh = table.flag("refresh");
        let named_at = table.whereabouts("kid");
        let key = one(&mut table, None);
        if let (Some(times), Some(key)) = (times, key)
            && let Some(key) = times.limit(&mut table, key)
            && let Some(key) = with_refresh(&mut table, key, refresh)
        {
            match keys.iter().find(|(_, other)| other.kid() == key.kid()) {
                Some((other, _)) => {
                    let problem = format!("is that of `{KEYS}[{other}]`: they are the same key, or have the same name");
                    table.fault(
                        "kid",
                        named_at.as_ref(),
                        problem,
                        "remove one of the keys, or give them different names",
                    );
                }
                None => keys.push((place, key)),
            }
        }
        settings.close(table, &OF_KEY);
    }
    if keys.len() < count {
        return None;
    }
    if keys.iter().all(|(_, key)| key.is_retired(now)) {
        settings.fault(KEYS, None, "has no key that is not retired", "add one");
        return None;
    }
    KeyRing::new(keys.into_iter().map(|(_, key)| key)).ok()
}

/// Applies the setting `refresh` of a key. `None` if it is `true` for a key that only verifies.
fn with_refresh(table: &mut Settings<'_>, key: Key, refresh: Option<Setting<bool>>) -> Option<Key> {
    match refresh {
        Some(setting) if setting.value && !key.can_sign() => {
            let problem = "is `true`, and there is no private key: a key that only verifies never refreshes";
            table.fault("refresh", Some(&setting.origin), problem, "remove it, or name the private key");
            None
        }
        Some(setting) => Some(key.with_refresh(setting.value)),
        None => Some(key),
    }
}

/// The times between which a key of the list is in force.
struct Times {
    sign_from: Option<Setting<u64>>,
    retire_at: Option<Setting<u64>>,
}

impl Times {
    /// Returns `None` if there is a fault.
    fn read(table: &mut Settings<'_>) -> Option<Self> {
        let set = [table.is_set("sign_from"), table.is_set("retire_at")];
        let times = Times { sign_from: table.time("sign_from"), retire_at: table.time("retire_at") };
        if set != [times.sign_from.is_some(), times.retire_at.is_some()] {
            return None;
        }
        if let (Some(begin), Some(end)) = (&times.sign_from, &times.retire_at)
            && begin.value >= end.value
        {
            let problem = "is not after `sign_from`: the key would never sign";
            table.fault("retire_at", Some(&end.origin), problem, "write a later time");
            return None;
        }
        Some(times)
    }

    fn limit(&self, table: &mut Settings<'_>, mut key: Key) -> Option<Key> {
        if let Some(begin) = &self.sign_from {
            if !key.can_sign() {
                let problem = "is set, and there is no private key that could sign";
                table.fault("sign_from", Some(&begin.origin), problem, "remove it, or name the private key");
                return None;
            }
            key = key.sign_from(begin.value);
        }
        if let Some(end) = &self.retire_at {
            key = key.retire_at(end.value);
        }
        Some(key)
    }
}

/// Reads one key. `alone` is `None` for a key of a list. For a single key, `true` turns a weak or missing secret from a
/// fault into a warning.
fn one(settings: &mut Settings<'_>, alone: Option<bool>) -> Option<Key> {
    let algorithm = algorithm(settings);
    let named = settings.is_set("kid");
    let kid = kid(settings);
    let set = ["master_secret", "private_key", "public_key"]
        .map(|name| settings.is_set(name) || settings.is_set(&format!("{name}_file")));
    let secret = material(settings, "master_secret");
    let private = material(settings, "private_key");
    let public = material(settings, "public_key");
    let algorithm = algorithm?;

    let key = match set {
        [true, false, false] => from_secret(settings, algorithm, secret?, alone == Some(true)),
        [false, true, false] => from_private_key(settings, algorithm, &private?, None),
        [false, true, true] => from_private_key(settings, algorithm, &private?, Some(&public?)),
        [false, false, true] => from_public_key(settings, algorithm, &public?),
        [false, false, false] => from_nothing(settings, algorithm, alone),
        [true, ..] => {
            let origin = secret.map(|secret| secret.origin);
            settings.fault(
                "master_secret",
                origin.as_ref(),
                "is set beside a key pair, and tokens are signed with one or the other",
                "remove the secret, or the keys",
            );
            None
        }
    }?;
    match kid {
        Some(kid) => Some(key.with_kid(&kid)),
        None if named => None,
        None => Some(key),
    }
}

fn algorithm(settings: &mut Settings<'_>) -> Option<Algorithm> {
    if !settings.is_set("algorithm") {
        return Some(Algorithm::default());
    }
    let setting = settings.text("algorithm")?;
    match setting.value.parse() {
        Ok(algorithm) => Some(algorithm),
        Err(_) => {
            let names = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ");
            let lower = setting.value.to_lowercase();
            let meant = match &*lower {
                // RFC 9864 §2.2.
                "ed25519" => Some(Algorithm::EdDSA),
                _ => Algorithm::ALL.iter().copied().find(|algorithm| algorithm.name().to_lowercase() == lower),
            };
            let (problem, remedy) = match meant {
                Some(meant) => {
                    ("is not the name of an algorithm", format!("did you mean `{meant}`? There are {names}"))
                }
                None if lower == "none" => {
                    ("would be tokens without a signature, which anyone can make", format!("write one of {names}"))
                }
                None => ("is not the name of an algorithm", format!("write one of {names}")),
            };
            settings.fault("algorithm", Some(&setting.origin), problem, remedy);
            None
        }
    }
}

/// The maximum length of a key id in bytes. Every token contains it.
const LONGEST_KID: usize = 255;

fn kid(settings: &mut Settings<'_>) -> Option<String> {
    let setting = settings.text("kid")?;
    if setting.value.len() <= LONGEST_KID {
        return Some(setting.value);
    }
    let remedy = "every token contains it: write a short one";
    settings.fault("kid", Some(&setting.origin), "is longer than 255 bytes", remedy);
    None
}

/// Creates a key from a secret. `lenient` turns a short secret from a fault into a warning.
pub(super) fn from_secret(
    settings: &mut Settings<'_>,
    algorithm: Algorithm,
    material: Material,
    lenient: bool,
) -> Option<Key> {
    let secret = Secret::from(material.bytes.as_slice());
    match Key::from_secret(algorithm, &secret) {
        Ok(key) => Some(key),
        Err(error @ KeyError::SecretTooShort { .. }) if lenient => {
            let name = settings.named(&material.setting);
            settings.warn(format!(
                "`{name}`: {error}; it is used because this is the debug profile, any other refuses to launch"
            ));
            Key::from_any_secret(algorithm, &secret).ok()
        }
        Err(error) => refuse(settings, algorithm, &material, &error),
    }
}

fn from_private_key(
    settings: &mut Settings<'_>,
    algorithm: Algorithm,
    private: &Material,
    public: Option<&Material>,
) -> Option<Key> {
    let key = match Key::from_private_key(algorithm, &private.bytes, None) {
        Ok(key) => Some(key),
        Err(error) => refuse(settings, algorithm, private, &error),
    };
    let Some(public) = public else {
        return key;
    };
    if algorithm.is_hmac() {
        // Neither key matches the algorithm, and that was reported.
        return None;
    }
    // Checks each key alone first, so that a fault is reported for the right key.
    if let Err(error) = Key::from_public_key(algorithm, &public.bytes) {
        return refuse(settings, algorithm, public, &error);
    }
    key?;
    match Key::from_private_key(algorithm, &private.bytes, Some(&public.bytes)) {
        Ok(key) => Some(key),
        Err(error) => refuse(settings, algorithm, public, &error),
    }
}

fn from_public_key(settings: &mut Settings<'_>, algorithm: Algorithm, public: &Material) -> Option<Key> {
    match Key::from_public_key(algorithm, &public.bytes) {
        Ok(key) => Some(key),
        Err(error) => refuse(settings, algorithm, public, &error),
    }
}

fn from_nothing(settings: &mut Settings<'_>, algorithm: Algorithm, alone: Option<bool>) -> Option<Key> {
    if !algorithm.is_hmac() {
        // Without the feature, setting a private key would not help.
        let error = match Key::from_private_key(algorithm, &[], None) {
            Err(error @ KeyError::NotCompiled(_)) => return refuse_algorithm(settings, &error),
            _ => format!("is not set, and {algorithm} signs with it"),
        };
        let remedy = format!("set it, or `public_key_file` to only verify; {}", recipe(algorithm, false));
        settings.fault("private_key_file", None, error, remedy);
        return None;
    }
    let Some(lenient) = alone else {
        let remedy = format!("set it, or another key setting; {}", recipe(algorithm, false));
        settings.fault("master_secret", None, "is not set, and this entry of the list has no other key", remedy);
        return None;
    };
    if lenient && let Ok(secret) = Secret::random(algorithm.min_secret_len()) {
        let bytes = algorithm.min_secret_len();
        settings.warn(format!(
            "`master_secret` is not set: tokens are signed with a random one, and none is valid after this process ends, so each \
             restart logs everybody out; to keep one for development, run `openssl rand -hex {bytes} > dev-secret` and \
             write `master_secret_file = \"dev-secret\"` below `[debug.jwtauth]` in Rocket.toml; any profile but \
             debug refuses to launch"
        ));
        return Key::from_secret(algorithm, &secret).ok();
    }
    let remedy = format!(
        "set it, or `master_secret_file`, below `[default.jwtauth]` in Rocket.toml or in \
         ROCKET_JWTAUTH={{master_secret=\"…\"}}; {}",
        recipe(algorithm, false)
    );
    settings.fault("master_secret", None, "is not set, and there is no other key", remedy);
    None
}

fn refuse(settings: &mut Settings<'_>, algorithm: Algorithm, material: &Material, error: &KeyError) -> Option<Key> {
    let setting = material.setting.as_str();
    let is_public = setting.starts_with("public_key");
    let is_file = setting.ends_with("_file");
    let remedy = match error {
        KeyError::NotCompiled(_) => return refuse_algorithm(settings, error),
        KeyError::SecretWanted(_) => return refuse_default_algorithm(settings, material, error),
        KeyError::NoSecretWanted(_) => {
            "set `private_key_file` instead, or an `algorithm` for secrets (HS256)".to_owned()
        }
        KeyError::KeyAsSecret => "set `private_key` or `public_key` to it, with the `algorithm` it is for".to_owned(),
        KeyError::NotAPair => format!("leave `{setting}` out: the public key is derived from the private one"),
        KeyError::BrokenPem { .. } if is_file => {
            "put the whole key into the file, with its lines as they were".to_owned()
        }
        KeyError::BrokenPem { .. } => {
            format!(
                "write it with its lines as they were, between `'''` in Rocket.toml, or name its file in `{setting}_file`"
            )
        }
        KeyError::Unsupported { .. } => format!("use another key; {}", recipe(algorithm, is_public)),
        KeyError::WrongContent { .. } if is_file => "name the file of the right one".to_owned(),
        KeyError::WrongContent { .. } => "put the right one there".to_owned(),
        KeyError::WrongKind { .. } => {
            format!("set `algorithm` to one for this key, or use another; {}", recipe(algorithm, is_public))
        }
        KeyError::Unreadable if !is_file => {
            format!("a path goes into `{setting}_file`; {}", recipe(algorithm, is_public))
        }
        _ => recipe(algorithm, is_public).to_owned(),
    };
    settings.fault(setting, Some(&material.origin), error.to_string(), remedy);
    None
}

/// Reports a key pair with an HMAC algorithm. The usual cause is that `algorithm` has its default value.
fn refuse_default_algorithm(settings: &mut Settings<'_>, material: &Material, error: &KeyError) -> Option<Key> {
    if !settings.faults_on("algorithm") {
        let remedy = "set `algorithm` (HS256 if it is not set) to one that the key is for: ES256, RS256, EdDSA, …";
        settings.fault("algorithm", Some(&material.origin), error.to_string(), remedy);
    }
    None
}

fn refuse_algorithm(settings: &mut Settings<'_>, error: &KeyError) -> Option<Key> {
    let remedy = "write `jwtauth = { version = \"…\", features = [\"asymmetric\"] }` in Cargo.toml";
    if !settings.faults_on("algorithm") {
        settings.fault("algorithm", None, error.to_string(), remedy);
    }
    None
}

/// How to create a key.
fn recipe(algorithm: Algorithm, is_public: bool) -> &'static str {
    match algorithm {
        _ if is_public => "`openssl pkey -in private.pem -pubout` prints the public key of a private one",
        Algorithm::HS256 => "`openssl rand -hex 32` makes one",
        Algorithm::HS384 => "`openssl rand -hex 48` makes one",
        Algorithm::HS512 => "`openssl rand -hex 64` makes one",
        Algorithm::ES256 => "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one",
        Algorithm::ES384 => "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384` makes one",
        Algorithm::ES512 => "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521` makes one",
        Algorithm::EdDSA => "`openssl genpkey -algorithm ED25519` makes one",
        _ => "`openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072` makes one",
    }
}
