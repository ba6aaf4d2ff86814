//! The key settings: from texts and files to a ring.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

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
    if path.value.contains("-----BEGIN") {
        let remedy = format!("set `{name}` to it, or write it into a file");
        settings.fault(&name_of_file, Some(&path.origin), "is a key, not the path of a file", remedy);
        return None;
    }
    // The path itself is not shown: it may be the secret, set in the wrong place.
    let bytes = match read_file(&path.origin.resolve(&path.value)) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) => {
            let problem = format!("names a file that can't be read: {error}");
            let remedy = format!(
                "check the path, which starts in {} if it is relative, and its permissions",
                path.origin.folder()
            );
            settings.fault(&name_of_file, Some(&path.origin), problem, remedy);
            return None;
        }
    };
    let bytes = if name.ends_with("secret") { without_newline(bytes) } else { bytes };
    if bytes.is_empty() {
        settings.fault(&name_of_file, Some(&path.origin), "names an empty file", "check the path");
        return None;
    }
    Some(Material { setting: name_of_file, bytes, origin: path.origin })
}

/// No key is as long as this limit, in bytes; a device may have no end.
const LONGEST: u64 = 64 * 1024;

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if read as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 64 KiB, and so no key"));
    }
    Ok(bytes)
}

/// Without the newline that editors put at the end of a file.
fn without_newline(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    bytes
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
        let remedy = format!("set it, or `public_key_file` to only verify; {}", recipe(algorithm, false));
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
        recipe(algorithm, false)
    );
    settings.fault("master_secret", None, "is not set, and there is no other key", remedy);
    None
}

fn refuse(settings: &mut Settings<'_>, algorithm: Algorithm, material: &Material, error: &KeyError) -> Option<KeyRing> {
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

/// A key pair, but an algorithm for secrets: likely the default, which is then what has to be changed.
fn refuse_default_algorithm(settings: &mut Settings<'_>, material: &Material, error: &KeyError) -> Option<KeyRing> {
    if !settings.faults_on("algorithm") {
        let remedy = "set `algorithm` (HS256 if it is not set) to one that the key is for: ES256, RS256, EdDSA, …";
        settings.fault("algorithm", Some(&material.origin), error.to_string(), remedy);
    }
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
