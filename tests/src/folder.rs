//! A temporary folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use serde_json::Value;

/// A new, empty folder. It is removed when this is dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates a folder.
    #[allow(clippy::new_without_default)] // Each call creates another folder.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jwtauth-tests-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).expect("a folder");
        Folder(path)
    }

    /// The path of a file in the folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// The path of a file in the folder, as a setting.
    pub fn setting(&self, file: &str) -> Value {
        self.path(file).to_str().expect("UTF-8").into()
    }

    /// Creates or replaces a file. A reader sees either the old or the new content.
    pub fn put(&self, file: &str, content: &str) {
        let new = self.path("new");
        fs::write(&new, content).expect("a file");
        fs::rename(new, self.path(file)).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}
