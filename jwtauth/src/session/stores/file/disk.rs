//! The file itself: its lock, and the reads and writes of redb.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;

use super::error::FileError;

/// A file that is locked for this process as long as this value exists.
#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    path: PathBuf,
    /// A sync has failed, so it is unknown whether the written data has reached the disk.
    sync_failed: AtomicBool,
    #[cfg(test)]
    pub(super) probe: Probe,
}

/// The access of one opened database to the file, until it is cut off.
#[derive(Clone, Debug)]
pub(super) struct Access {
    disk: Arc<Disk>,
    cut: Arc<AtomicBool>,
}

impl Disk {
    /// Takes the lock on a file that has been opened at this path.
    pub(super) fn lock(file: File, path: &Path) -> Result<Self, FileError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FileError::taken(path)),
            Err(TryLockError::Error(error)) => return Err(FileError::at(path, "can't be locked", error)),
        }
        // Between opening and locking, another process may have replaced the file.
        if !is_at(&file, path).map_err(|error| FileError::at(path, "can't be looked at", error))? {
            return Err(FileError::taken(path));
        }
        Ok(Disk {
            file,
            path: path.to_owned(),
            sync_failed: AtomicBool::new(false),
            #[cfg(test)]
            probe: Probe::default(),
        })
    }

    /// Unlocks the file for other processes. After this, no writes of this process follow.
    pub(super) fn unlock(&self) {
        // If this fails, the file is unlocked when it is closed.
        let _ = self.file.unlock();
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the path after the file has been moved.
    pub(super) fn moved(&mut self, path: &Path) {
        path.clone_into(&mut self.path);
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        read_at(&self.file, offset, out)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        self.probe.write()?;
        write_at(&self.file, offset, data)
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(test)]
        let result = self.probe.sync().and_then(|()| self.file.sync_data());
        #[cfg(not(test))]
        let result = self.file.sync_data();
        if result.is_err() {
            self.sync_failed.store(true, Ordering::Release);
        }
        result
    }

    /// Makes sure that the disk has the data that is read from the file.
    ///
    /// After a failed sync, the operating system may treat lost data as written, and the next sync succeeds without it.
    /// So all data is written once more. The file does not change meanwhile.
    pub(super) fn settle(&self) -> io::Result<()> {
        if !self.sync_failed.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut chunk = vec![0; 1 << 20];
        let (mut offset, len) = (0, self.len()?);
        while offset < len {
            let size = usize::try_from(len - offset).map_or(chunk.len(), |left| left.min(chunk.len()));
            self.read(offset, &mut chunk[..size])?;
            self.write(offset, &chunk[..size])?;
            offset += size as u64;
        }
        self.sync()?;
        self.sync_failed.store(false, Ordering::Release);
        Ok(())
    }
}

impl Access {
    pub(super) fn new(disk: &Arc<Disk>) -> Self {
        Access { disk: Arc::clone(disk), cut: Arc::default() }
    }

    /// Prevents all further reads and writes through this value. A failed database may still be in use when another one
    /// is opened on the file.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }

    fn disk(&self) -> io::Result<&Disk> {
        match self.cut.load(Ordering::Acquire) {
            true => Err(io::Error::other("cut off from its file")),
            false => Ok(&self.disk),
        }
    }
}

impl StorageBackend for Access {
    fn len(&self) -> io::Result<u64> {
        self.disk()?.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.disk()?.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let disk = self.disk()?;
        #[cfg(test)]
        disk.probe.write()?;
        // Redb syncs the new length to the disk before a header depends on it.
        disk.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk()?.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk()?.write(offset, data)
    }
}

/// Makes the renames in this directory durable.
pub(super) fn sync_directory(of: &Path) -> io::Result<()> {
    let parent = of.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(parent)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let (ours, theirs) = match (file.metadata()?, std::fs::metadata(path)) {
        (ours, Ok(theirs)) => (ours, theirs),
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        (_, Err(error)) => return Err(error),
    };
    Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
}

/// On other platforms, a file that is open elsewhere is not replaced.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(unix)]
fn write_at(file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, data, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                out = &mut out[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, data, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                data = &data[written..];
                offset += written as u64;
            }
        }
    }
    Ok(())
}

/// Counters for tests, and settings with which they make a disk fail.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Probe {
    pub(super) syncs: std::sync::atomic::AtomicU64,
    pub(super) writes_fail: AtomicBool,
    pub(super) syncs_fail: AtomicBool,
}

#[cfg(test)]
impl Probe {
    fn write(&self) -> io::Result<()> {
        match self.writes_fail.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::AcqRel);
        match self.syncs_fail.load(Ordering::Acquire) {
            true => Err(io::Error::other("the disk is broken")),
            false => Ok(()),
        }
    }
}
