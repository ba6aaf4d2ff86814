//! Opens a path as a database that is valid and belongs to this store.

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

/// The first bytes of every redb file.
const MAGIC: [u8; 9] = *b"redb\x1A\x0A\xA9\x0D\x0A";

/// This is small enough that a commit of a few steps fills it. The operating system caches all pages, so a second cache
/// in this process would only use memory.
const CACHE: usize = 64 << 10;

/// Files below this size are not shrunk.
pub(super) const SMALL: u64 = 8 << 20;

/// A database, and its access to the file.
pub(super) struct Opened {
    // This field is first, so that the database is closed before its file.
    database: Database,
    access: Access,
    disk: Arc<Disk>,
}

/// Opens the file at this path, and creates it if it does not exist.
pub(super) fn open(path: &Path) -> Result<Opened, FileError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(FileError::new(path, "is not a file")),
        Ok(metadata) if metadata.len() > 0 => {
            // The path is the target of a link, because the file may be replaced.
            let path = fs::canonicalize(path).map_err(|error| FileError::at(path, "can't be found", error))?;
            shrink(open_existing(&path)?)
        }
        Ok(_) => create(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => create(path),
        Err(error) => Err(FileError::at(path, "can't be opened", error)),
    }
}

impl Opened {
    /// Opens the locked file again, after [`close`](Self::close) or [`abandon`](Self::abandon).
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

    /// A transaction whose two phases are durable once it is committed.
    ///
    /// With one phase, only a non-cryptographic checksum distinguishes a complete commit from an incomplete one, and
    /// clients control the texts of the rows.
    pub(super) fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_two_phase_commit(true);
        Ok(transaction)
    }

    fn begin_read(&self) -> Result<redb::ReadTransaction, redb::Error> {
        Ok(self.database.begin_read()?)
    }

    /// Closes the database cleanly. There must be no readers.
    pub(super) fn close(self) {
        let Opened { database, access, disk: _ } = self;
        // If this fails, the only consequence is a repair when the file is opened again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
        access.cut();
    }

    /// Closes the file without changing it.
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

/// Creates a new file. Until the file is complete, it has a different name, so an interruption leaves no partial file.
fn create(path: &Path) -> Result<Opened, FileError> {
    let disk = draft(path)?;
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0) {
        return Err(FileError::taken(path)); // another process has just created it
    }
    let opened = fill(disk, path, None)?;
    let placed = fs::rename(beside(path), path).and_then(|()| sync_directory(path));
    placed.map_err(|error| FileError::at(path, "can't be created", error))?;
    Ok(opened)
}

/// Writes the rows to a new file if the old file has become much larger than its rows.
///
/// `Database::compact` works in place, in parts with a commit for each part. This method uses one commit, and the old
/// file stays unchanged until that is done.
fn shrink(opened: Opened) -> Result<Opened, FileError> {
    let path = opened.disk.path().to_owned();
    // The file of a process that was killed while it created one.
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
            // The name now belongs to the new file. Further writes to the old file have no effect.
            opened.abandon();
            sync_directory(&path).map_err(|error| FileError::at(&path, "can't be replaced", error))?;
            Ok(smaller)
        }
        // For example, there may be no space for a second file. The old file keeps its size.
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

/// Creates an empty file beside the one at this path, with mode 0600.
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

/// Creates the tables in an empty file, and inserts these rows.
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

/// The temporary path at which a file is created.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

/// If redb can't interpret a file, it returns an error or panics.
fn whole<T, E: Into<redb::Error>>(path: &Path, work: impl FnOnce() -> Result<T, E>) -> Result<T, FileError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(FileError::at(path, "can't be read or written", error.into())),
        Err(_) => Err(FileError::new(path, "is damaged: redb can't make sense of it")),
    }
}
