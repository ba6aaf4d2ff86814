//! The key settings: from texts and files to a ring.

use std::fs;

use figment::Profile;
use zeroize::Zeroizing;

use super::settings::{Origin, Settings};
use crate::{Algorithm, KeyError, KeyRing, Secret};

/// Reads the key settings. `None` if there is a fault among them, or `algorithm` has one.
pub(super) fn read(
    settings: &mut Settings<'_>,
    algorithm: Option<Algorithm>,
    profile: &Profile,
    warnings: &mut Vec<String>,
) -> Option<KeyRing> {
    let set = ["master_secret", "private_key", "public_key"]
        .map(|name| settings.is_set(name) || settings.is_set(&format!("{name}_file")));
    let secret = material(settings, "master_secret");
    let private = material(settings, "private_key");
    let public = material(settings, "public_key");
    let algorithm = algorithm?;
    let lenient = *profile == rocket::Config::DEBUG_PROFILE;

    match set {
        [true, false, false] => from_secret(settings, algorithm, secret?, lenient, warnings),
        [false, true, false] => from_private_key(settings, algorithm, &private?, None),
        [false, true, true] => from_private_key(settings, algorithm, &private?, Some(&public?)),
        [false, false, true] => from_public_key(settings, algorithm, &public?),
        [false, false, false] => from_nothing(settings, algorithm, lenient, warnings),
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
    }
}

/// The content of a key setting, and the name under which it was set.
pub(super) struct Material {
    pub(super) setting: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) origin: Origin,
}

/// A key setting, or the content of the file that the setting with `_file` names.
pub(super) fn material(settings: &mut Settings<'_>, name: &str) -> Option<Material> {
    let name_of_file = format!("{name}_file");
    if settings.is_set(name) && settings.is_set(&name_of_file) {
        let origin = settings.text(&name_of_file).map(|setting| setting.origin);
        let _ = settings.text(name);
        let problem = format!("is set beside `{name}`");
        settings.fault(&name_of_file, origin.as_ref(), problem, "remove one of them");
        return None;
    }
    if let Some(text) = settings.text(name) {
        let bytes = Zeroizing::new(text.value.into_bytes());
        return Some(Material { setting: name.to_owned(), bytes, origin: text.origin });
    }
    let path = settings.text(&name_of_file)?;
    let file = path.origin.resolve(&path.value);
    let mut bytes = match fs::read(&file) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) => {
            let problem = format!("the file {} can't be read: {error}", file.display());
            settings.fault(&name_of_file, Some(&path.origin), problem, "check the path and its permissions");
            return None;
        }
    };
    if name.ends_with("secret") {
        for end in [b'\n', b'\r'] {
            if bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
    }
    if bytes.is_empty() {
        let problem = format!("the file {} is empty", file.display());
        settings.fault(&name_of_file, Some(&path.origin), problem, "check the path");
        return None;
    }
    Some(Material { setting: name_of_file, bytes, origin: path.origin })
}

fn from_secret(
    settings: &mut Settings<'_>,
    algorithm: Algorithm,
    material: Material,
    lenient: bool,
    warnings: &mut Vec<String>,
) -> Option<KeyRing> {
    let secret = Secret::from(material.bytes.as_slice());
    match KeyRing::from_secret(algorithm, &secret) {
        Ok(ring) => Some(ring),
        Err(error @ KeyError::SecretTooShort { .. }) if lenient => {
            warnings.push(format!(
                "`{}`: {error}; it is used because this is the debug profile, any other refuses to launch",
                material.setting
            ));
            KeyRing::from_any_secret(algorithm, &secret).ok()
        }
        Err(error) => refuse(settings, algorithm, &material, &error),
    }
}

fn from_private_key(
    settings: &mut Settings<'_>,
    algorithm: Algorithm,
    private: &Material,
    public: Option<&Material>,
) -> Option<KeyRing> {
    let ring = match KeyRing::from_private_key(algorithm, &private.bytes, None) {
        Ok(ring) => Some(ring),
        Err(error) => refuse(settings, algorithm, private, &error),
    };
    let Some(public) = public else {
        return ring;
    };
    if algorithm.is_hmac() {
        // Neither key is for it, and that has been said.
        return None;
    }
    // Each by itself first, so that a fault of either is told of the one that has it.
    if let Err(error) = KeyRing::from_public_key(algorithm, &public.bytes) {
        return refuse(settings, algorithm, public, &error);
    }
    ring?;
    match KeyRing::from_private_key(algorithm, &private.bytes, Some(&public.bytes)) {
        Ok(ring) => Some(ring),
        Err(error) => refuse(settings, algorithm, public, &error),
    }
}

fn from_public_key(settings: &mut Settings<'_>, algorithm: Algorithm, public: &Material) -> Option<KeyRing> {
    match KeyRing::from_public_key(algorithm, &public.bytes) {
        Ok(ring) => Some(ring),
        Err(error) => refuse(settings, algorithm, public, &error),
    }
}

fn from_nothing(
    settings: &mut Settings<'_>,
    algorithm: Algorithm,
    lenient: bool,
    warnings: &mut Vec<String>,
) -> Option<KeyRing> {
    if !algorithm.is_hmac() {
        // Without the feature there would be no use in setting one.
        let error = match KeyRing::from_private_key(algorithm, &[], None) {
            Err(error @ KeyError::NotCompiled(_)) => return refuse_algorithm(settings, &error),
            _ => format!("is not set, and {algorithm} signs with it"),
        };
        let remedy = format!("set it, or `public_key_file` to only verify; {}", recipe(algorithm));
        settings.fault("private_key_file", None, error, remedy);
        return None;
    }
    if lenient && let Ok(secret) = Secret::random(algorithm.min_secret_len()) {
        warnings.push(
            "`master_secret` is not set: tokens are signed with a random one, and none outlives this process; \
             any profile but debug refuses to launch"
                .to_owned(),
        );
        return KeyRing::from_secret(algorithm, &secret).ok();
    }
    let remedy = format!(
        "set it, or `master_secret_file`, below `[default.jwtauth]` in Rocket.toml or in \
         ROCKET_JWTAUTH={{master_secret=\"…\"}}; {}",
        recipe(algorithm)
    );
    settings.fault("master_secret", None, "is not set, and there is no other key", remedy);
    None
}

fn refuse(settings: &mut Settings<'_>, algorithm: Algorithm, material: &Material, error: &KeyError) -> Option<KeyRing> {
    let setting = material.setting.as_str();
    let remedy = match error {
        KeyError::NotCompiled(_) => return refuse_algorithm(settings, error),
        KeyError::SecretWanted(_) if !settings.faults_on("algorithm") => {
            let remedy = "set `algorithm` to one that the key is for (ES256, RS256, EdDSA, …), or a `master_secret`";
            settings.fault("algorithm", Some(&material.origin), error.to_string(), remedy);
            return None;
        }
        KeyError::SecretWanted(_) => return None,
        KeyError::NoSecretWanted(_) => {
            "set `private_key_file` instead, or an `algorithm` for secrets (HS256)".to_owned()
        }
        KeyError::NotAPair => "leave `public_key` out: it is derived from the private key".to_owned(),
        KeyError::NotInPem { .. } => "name the right file".to_owned(),
        KeyError::WrongKind { .. } => {
            format!("set `algorithm` to one for this key, or use another; {}", recipe(algorithm))
        }
        _ => recipe(algorithm).to_owned(),
    };
    settings.fault(setting, Some(&material.origin), error.to_string(), remedy);
    None
}

fn refuse_algorithm(settings: &mut Settings<'_>, error: &KeyError) -> Option<KeyRing> {
    let remedy = "write `jwtauth = { version = \"…\", features = [\"asymmetric\"] }` in Cargo.toml";
    if !settings.faults_on("algorithm") {
        settings.fault("algorithm", None, error.to_string(), remedy);
    }
    None
}

/// How to make a key.
fn recipe(algorithm: Algorithm) -> &'static str {
    match algorithm {
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
