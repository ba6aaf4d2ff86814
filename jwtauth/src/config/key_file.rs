use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A file that contains a key or key settings.
#[derive(PartialEq, Eq)]
pub(crate) struct KeyFile {
    path: PathBuf,
    /// The hash of the content that was read. `None` if the file could not be read.
    digest: Option<[u8; 32]>,
    /// The maximum length in bytes.
    longest: u64,
}

impl KeyFile {
    pub(super) fn read(path: PathBuf) -> (Self, io::Result<Zeroizing<Vec<u8>>>) {
        KeyFile::read_up_to(path, LONGEST)
    }

    /// Reads a file that may have this length in bytes.
    pub(super) fn read_up_to(path: PathBuf, longest: u64) -> (Self, io::Result<Zeroizing<Vec<u8>>>) {
        let content = content(&path, longest);
        let digest = content.as_ref().ok().map(|content| Sha256::digest(content).into());
        (KeyFile { path, digest, longest }, content)
    }

    /// A copy without a hash.
    pub(super) fn unread(self) -> Self {
        KeyFile { digest: None, ..self }
    }

    /// Whether the content of the file has changed. Only the content is compared: a file can be replaced in many ways,
    /// including links to folders, and modification times are coarse.
    pub(crate) fn has_changed(&self) -> bool {
        KeyFile::read_up_to(self.path.clone(), self.longest).0 != *self
    }

    /// Whether the file can be reread. A pipe can't.
    pub(super) fn lasts(&self) -> bool {
        self.path.is_file()
    }
}

/// The maximum length of a key in bytes. A device may be endless.
pub(super) const LONGEST: u64 = 64 * 1024;

fn content(path: &Path, longest: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?.take(longest + 1);
    // Large enough for most keys, so that the buffer does not grow and leave copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8 * 1024));
    let read = file.read_to_end(&mut bytes)?;
    if read as u64 > longest {
        let problem = format!("it is longer than {} KiB", longest / 1024);
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(bytes)
}
