use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::session::stores::fault::StoreFault;

/// The problem with a session file.
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
            "is in use: a file of sessions is for one process, which opens it once, while several processes share sessions \
             through `redis:` or `postgres:`",
        )
    }
}

impl From<FileError> for StoreFault {
    fn from(error: FileError) -> Self {
        let cause = error.source.as_ref().and_then(|source| source.downcast_ref::<io::Error>());
        let remedy = match cause.map(io::Error::kind) {
            Some(io::ErrorKind::NotFound) => "create the folder of the file, or correct the path",
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                "let the user of this process read and write the file and its folder"
            }
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => "make room on the disk",
            _ if error.problem.starts_with("is in use") => "end the other process, or name another file",
            _ => "name another file, or put this one right",
        };
        let problem = match &error.source {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        StoreFault::new(problem, remedy)
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
