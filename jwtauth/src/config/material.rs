//! The content of a key setting: the text itself, or that of a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::settings::{Origin, Settings};

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
    let (file, content) = KeyFile::read(path.origin.resolve(&path.value));
    settings.files.push(file);
    let bytes = match content {
        Ok(bytes) => bytes,
        // The path itself is not shown: it may be the secret, set in the wrong place.
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

/// A file with a key in it, or with settings of keys.
#[derive(PartialEq, Eq)]
pub(crate) struct KeyFile {
    path: PathBuf,
    /// What was in it when it was read. `None` if it could not be.
    digest: Option<[u8; 32]>,
}

impl KeyFile {
    pub(super) fn read(path: PathBuf) -> (Self, io::Result<Zeroizing<Vec<u8>>>) {
        let content = content(&path);
        let digest = content.as_ref().ok().map(|content| Sha256::digest(content).into());
        (KeyFile { path, digest }, content)
    }

    /// As one of which nothing is known.
    pub(super) fn unread(self) -> Self {
        KeyFile { digest: None, ..self }
    }

    /// Whether something else is in it now. The content is what counts: other files are put into the place of this
    /// one in many ways, by links to folders too, and what tells of times is coarse.
    pub(crate) fn has_changed(&self) -> bool {
        KeyFile::read(self.path.clone()).0 != *self
    }

    /// Whether it can be read again, which a pipe can't.
    pub(super) fn lasts(&self) -> bool {
        self.path.is_file()
    }
}

/// No key is as long as this limit, in bytes; a device may have no end.
const LONGEST: u64 = 64 * 1024;

fn content(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?.take(LONGEST + 1);
    // As much as most keys take, so that no copies of them are left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8 * 1024));
    let read = file.read_to_end(&mut bytes)?;
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
