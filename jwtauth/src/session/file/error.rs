use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a file of sessions.
#[derive(Debug)]
pub(super) struct FileError {
    path: PathBuf,
    problem: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FileError {
    pub(super) fn new(path: &Path, problem: &'static str) -> Self {
        FileError { path: path.to_owned(), problem, source: None }
    }

    pub(super) fn at(path: &Path, problem: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        FileError { path: path.to_owned(), problem, source: Some(source.into()) }
    }

    pub(super) fn taken(path: &Path) -> Self {
        Self::new(
            path,
            "is in use: a file of sessions is for one process, and opened there once; \
             several processes share sessions through `redis:` or `postgres:`",
        )
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.problem)
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
