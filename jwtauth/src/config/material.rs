//! The content of a key setting: its text, or the content of its file.

use std::io::{self, ErrorKind};
use std::path::Path;
#[cfg(feature = "issuers")]
use std::path::PathBuf;

use figment::value::Value;
use zeroize::Zeroizing;

use super::key_file::{KeyFile, LONGEST as LONGEST_KEY};
use super::secret_text;
use super::settings::{Origin, Setting, Settings};
use crate::keys::looks_like_a_key;

/// The content of a key setting, and the name of the setting.
pub(super) struct Material {
    pub(super) setting: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) origin: Origin,
}

/// Reads a key setting, or the file that the setting with `_file` names.
pub(super) fn material(settings: &mut Settings<'_>, name: &str) -> Option<Material> {
    let name_of_file = format!("{name}_file");
    if settings.is_set(name) && settings.is_set(&name_of_file) {
        let origin = settings.text(&name_of_file).map(|setting| setting.origin);
        let _ = settings.text(name);
        let problem = format!("is set beside `{name}`");
        settings.fault(&name_of_file, origin.as_ref(), problem, "remove one of them");
        return None;
    }
    let material = match settings.text(name) {
        Some(text) => {
            let bytes = Zeroizing::new(text.value.into_bytes());
            Material { setting: name.to_owned(), bytes, origin: text.origin }
        }
        None => from_file(settings, name, name_of_file)?,
    };
    if name.ends_with("secret") { secret(settings, material) } else { Some(material) }
}

fn from_file(settings: &mut Settings<'_>, name: &str, name_of_file: String) -> Option<Material> {
    let is_key = |value: &Value| value.as_str().is_some_and(|text| text.contains("-----BEGIN"));
    if settings.peek(&name_of_file).is_some_and(is_key) {
        let origin = settings.text(&name_of_file).map(|path| path.origin);
        let remedy = format!("set `{name}` to it, or write it into a file");
        settings.fault(&name_of_file, origin.as_ref(), "is a key, not the path of a file", remedy);
        return None;
    }
    let NamedFile { bytes, origin, .. } = watched_file(settings, &name_of_file, LONGEST_KEY)?;
    Some(Material { setting: name_of_file, bytes, origin })
}

/// A file that a setting names.
pub(super) struct NamedFile {
    #[cfg(feature = "issuers")]
    pub(super) path: PathBuf,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) origin: Origin,
}

/// Reads the file that a setting names, of at most this many bytes. It is read again when keys are reloaded.
pub(super) fn watched_file(settings: &mut Settings<'_>, name: &str, longest: u64) -> Option<NamedFile> {
    let (file, content) = open(settings, name, longest)?;
    settings.findings.files.push(file);
    content
}

/// Reads the file that a setting names, of at most this many bytes.
#[cfg(feature = "issuers")]
pub(super) fn file(settings: &mut Settings<'_>, name: &str, longest: u64) -> Option<NamedFile> {
    open(settings, name, longest)?.1
}

/// Returns `None` if the setting names no file. The content is `None` if there is a fault.
fn open(settings: &mut Settings<'_>, name_of_file: &str, longest: u64) -> Option<(KeyFile, Option<NamedFile>)> {
    let path = settings.text(name_of_file)?;
    let place = path.origin.resolve(&path.value);
    let (file, content) = KeyFile::read_up_to(place.clone(), longest);
    let content = match content {
        Ok(bytes) if bytes.trim_ascii().is_empty() => {
            let remedy = "check the path, and that whatever writes the file has written it";
            let problem =
                if bytes.is_empty() { "names an empty file" } else { "names a file that is empty but for white space" };
            settings.fault(name_of_file, Some(&path.origin), problem, remedy);
            None
        }
        Ok(bytes) => Some(NamedFile {
            #[cfg(feature = "issuers")]
            path: place,
            bytes,
            origin: path.origin,
        }),
        Err(error) => {
            let (problem, remedy) = unreadable(&error, &place, &path);
            settings.fault(name_of_file, Some(&path.origin), problem, remedy);
            None
        }
    };
    Some((file, content))
}

/// Why a file can't be read, and how to fix that. The path is not shown, because it may be the secret itself in the
/// wrong setting.
fn unreadable(error: &io::Error, place: &Path, path: &Setting<String>) -> (String, String) {
    let check = format!("check the path, which starts in {} if it is relative", path.origin.folder());
    let is_folder = place.is_dir();
    let (reason, remedy) = match error.kind() {
        _ if is_folder => ("it is a folder".to_owned(), format!("name the file in it; {check}")),
        ErrorKind::NotFound => ("it does not exist".to_owned(), check),
        ErrorKind::PermissionDenied => {
            let remedy = "let the user that runs this program read it, and enter the folders on the way";
            ("permission denied".to_owned(), format!("{remedy}; or {check}"))
        }
        _ => (error.to_string(), format!("{check}, and its permissions")),
    };
    (format!("names a file that can't be read: {reason}"), remedy)
}

/// Removes the newline that editors add at the end of a text secret. Rejects text that is probably a mistake.
fn secret(settings: &mut Settings<'_>, mut material: Material) -> Option<Material> {
    // The caller reports a key that is used as a secret.
    if looks_like_a_key(&material.bytes) {
        return Some(material);
    }
    let length = match secret_text::without_newline(&material.bytes) {
        Ok([]) => {
            settings.fault(&material.setting, Some(&material.origin), "is empty", "give it a value, or remove it");
            return None;
        }
        Ok(text) => text.len(),
        Err(mistake) => {
            settings.fault(&material.setting, Some(&material.origin), mistake.problem, mistake.remedy);
            return None;
        }
    };
    material.bytes.truncate(length);
    if let Some(repeated) = secret_text::repeated(&material.bytes) {
        let problem = format!("repeats the same {repeated}, over and over, and is as easy to guess as these are");
        if *settings.figment.profile() != rocket::Config::DEBUG_PROFILE {
            let remedy = "use a random one; `openssl rand -hex 32` makes one";
            settings.fault(&material.setting, Some(&material.origin), problem, remedy);
            return None;
        }
        let name = settings.named(&material.setting);
        settings.warn(format!(
            "`{name}` {problem}; it is used because this is the debug profile, any other refuses to launch"
        ));
    }
    Some(material)
}
