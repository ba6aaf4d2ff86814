use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

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
