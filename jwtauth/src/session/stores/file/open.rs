//! From a path to a database that is ours, and whole.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Builder, Database, ReadableDatabase, WriteTransaction};

use super::disk::{Access, Disk, sync_directory};
use super::error::FileError;
use super::tables;
use super::tables::{Format, Snapshot, Tables};

/// The first bytes of every file of redb.
const MAGIC: [u8; 9] = *b"redb\x1A\x0A\xA9\x0D\x0A";

/// So small that a commit of a few steps fills it: the operating system has all pages, and need not share its memory with
/// another who has them too.
const CACHE: usize = 64 << 10;

/// A file that is smaller than this is not worth making smaller.
pub(super) const SMALL: u64 = 8 << 20;

/// A database, and what it has of the file.
pub(super) struct Opened {
    // First, so that it is closed while it still has its file.
    database: Database,
    access: Access,
    disk: Arc<Disk>,
}

/// Opens the file at this path; if there is none, makes it.
pub(super) fn open(path: &Path) -> Result<Opened, FileError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(FileError::new(path, "is not a file")),
        Ok(metadata) if metadata.len() > 0 => {
            // Not a link to it: it may be replaced.
            let path = fs::canonicalize(path).map_err(|error| FileError::at(path, "can't be found", error))?;
            shrink(open_existing(&path)?)
        }
        Ok(_) => create(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => create(path),
        Err(error) => Err(FileError::at(path, "can't be opened", error)),
    }
}

impl Opened {
    /// Opens it once more, after [`close`](Self::close) or [`abandon`](Self::abandon), on the file that is locked.
    pub(super) fn again(disk: Arc<Disk>) -> Result<Self, FileError> {
        let path = disk.path().to_owned();
        disk.settle().map_err(|error| FileError::at(&path, "can't be written", error))?;
        let access = Access::new(&disk);
        let database = whole(&path, || Builder::new().set_cache_size(CACHE).create_with_backend(access.clone()))?;
        let opened = Opened { database, access, disk };
        let format = whole(&path, || match tables::format(&opened.begin_read()?)? {
            Format::Old => {
                let transaction = opened.begin_write()?;
                tables::convert(&transaction)?;
                transaction.commit()?;
                Ok::<_, redb::Error>(Format::Current)
            }
            format => Ok(format),
        });
        match format {
            Ok(Format::Current | Format::Old) => Ok(opened),
            Ok(Format::NotOurs) => {
                opened.abandon();
                Err(FileError::new(&path, "is a file of redb, but not one of sessions that this version can read"))
            }
            Err(error) => {
                opened.abandon();
                Err(error)
            }
        }
    }

    pub(super) fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot, redb::Error> {
        Ok(Snapshot::open(&self.begin_read()?)?)
    }

    /// A transaction that is durable, both of its phases, once it is committed.
    ///
    /// In one phase, only a checksum that is not cryptographic tells a commit that is whole from one that is not, over
    /// rows whose texts are the client's.
    pub(super) fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_two_phase_commit(true);
        Ok(transaction)
    }

    fn begin_read(&self) -> Result<redb::ReadTransaction, redb::Error> {
        Ok(self.database.begin_read()?)
    }

    /// Closes it in good order. Nobody reads from it any more.
    pub(super) fn close(self) {
        let Opened { database, access, disk: _ } = self;
        // What can go wrong here costs a repair when it is opened again, and nothing else.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
        access.cut();
    }

    /// Leaves the file as it is.
    pub(super) fn abandon(self) {
        self.access.cut();
        self.close();
    }
}

fn open_existing(path: &Path) -> Result<Opened, FileError> {
    let file = OpenOptions::new().read(true).write(true).open(path);
    let disk = Disk::lock(file.map_err(|error| FileError::at(path, "can't be opened", error))?, path)?;
    let mut magic = [0; MAGIC.len()];
    match disk.read(0, &mut magic) {
        Ok(()) if magic == MAGIC => Opened::again(Arc::new(disk)),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(FileError::at(path, "can't be read", error)),
        _ => Err(FileError::new(path, "is not a file of sessions: it has another format")),
    }
}

/// Makes a new file. Until it is complete there is none, whatever happens.
fn create(path: &Path) -> Result<Opened, FileError> {
    let disk = draft(path)?;
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0) {
        return Err(FileError::taken(path)); // just now, by somebody else
    }
    let opened = fill(disk, path, None)?;
    let placed = fs::rename(beside(path), path).and_then(|()| sync_directory(path));
    placed.map_err(|error| FileError::at(path, "can't be created", error))?;
    Ok(opened)
}

/// Writes the rows to a new file, if the old one has become much larger than they are.
///
/// `Database::compact` does it in place, a part at a time with a commit for each; this is one, and until it is there the
/// old file stays as it was.
fn shrink(opened: Opened) -> Result<Opened, FileError> {
    let path = opened.disk.path().to_owned();
    // Of a process that was killed while it made one.
    let _ = fs::remove_file(beside(&path));
    let Some(rows) = worth_shrinking(&opened)? else {
        return Ok(opened);
    };
    let smaller = draft(&path).and_then(|disk| {
        let smaller = fill(disk, &path, Some(&rows))?;
        fs::rename(beside(&path), &path).map_err(|error| FileError::at(&path, "can't be replaced", error))?;
        Ok(smaller)
    });
    drop(rows);
    match smaller {
        Ok(smaller) => {
            // Its name is the other's now, and whatever it would still write is of no use.
            opened.abandon();
            sync_directory(&path).map_err(|error| FileError::at(&path, "can't be replaced", error))?;
            Ok(smaller)
        }
        // There is no room for a second one, say: it stays as large as it is.
        Err(_) => {
            let _ = fs::remove_file(beside(&path));
            Ok(opened)
        }
    }
}

fn worth_shrinking(opened: &Opened) -> Result<Option<Snapshot>, FileError> {
    whole(opened.disk.path(), || {
        let len = opened.disk.len()?;
        if len < SMALL {
            return Ok::<_, redb::Error>(None);
        }
        let transaction = opened.begin_write()?;
        let stats = transaction.stats()?;
        transaction.abort()?;
        let used = stats.allocated_pages().saturating_mul(stats.page_size() as u64);
        if used < len / 2 { opened.snapshot().map(Some) } else { Ok(None) }
    })
}

/// An empty file beside the one at this path, for its owner only.
fn draft(path: &Path) -> Result<Disk, FileError> {
    let failed = |error| FileError::at(path, "can't be created", error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(beside(path)).map_err(failed)?;
    let mut disk = Disk::lock(file, &beside(path))?;
    disk.file().set_len(0).map_err(failed)?;
    disk.moved(path);
    Ok(disk)
}

/// Makes our tables in an empty file, with these rows in them.
fn fill(disk: Disk, path: &Path, rows: Option<&Snapshot>) -> Result<Opened, FileError> {
    let disk = Arc::new(disk);
    let access = Access::new(&disk);
    let database = whole(path, || Builder::new().set_cache_size(CACHE).create_with_backend(access.clone()))?;
    let opened = Opened { database, access, disk };
    whole(path, || {
        let transaction = opened.begin_write()?;
        tables::found(&transaction)?;
        if let Some(rows) = rows {
            Tables::open(&transaction)?.copy(rows)?;
        }
        transaction.commit()?;
        Ok::<(), redb::Error>(())
    })?;
    Ok(opened)
}

/// Where a file is made before it is put in its place.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

/// A file that makes no sense to redb may be an error of its, or a panic.
fn whole<T, E: Into<redb::Error>>(path: &Path, work: impl FnOnce() -> Result<T, E>) -> Result<T, FileError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(FileError::at(path, "can't be read or written", error.into())),
        Err(_) => Err(FileError::new(path, "is damaged: redb can't make sense of it")),
    }
}
