mod disk;
mod error;
mod open;
mod row;
mod tables;
mod writer;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use redb::StorageError;
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::time::timeout;

use self::error::FileError;
use self::tables::{Snapshot, Tables};
use self::writer::Writer;
use super::fault::StoreFault;
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError};

/// Sessions in a file: `file:PATH`. They outlive the process, and need no server. Requires the feature `session-file`.
///
/// | URL | the file |
/// |---|---|
/// | `file:sessions.db`, `file:data/sessions.db` | relative |
/// | `file:/var/lib/shop/sessions.db`, `file:///var/lib/shop/sessions.db` | absolute |
///
/// There are no parameters, and the path is not decoded. The directory must exist. If the file does not exist, it is
/// created with mode 0600. While a file is created or shrunk, there is a second file beside it, with `.new` at the end
/// of its name.
///
/// - **One process.** The file is locked while it is open. A second process that opens it gets an error. Several
///   processes or machines share sessions through `redis:` or `postgres:`. The file must be on a disk of the machine,
///   not on a network file system.
/// - **Durable.** A change is on the disk before the store returns. It survives `kill -9`, and a loss of power if the
///   disk keeps what it has confirmed. Concurrent steps share a commit, which takes two syncs.
/// - **Reads don't wait** for writes: they read the last commit.
/// - **Errors.** If the disk is full or fails, every request gets an error. The store tries to open the file again
///   every second. Confirmed changes are still there after that.
/// - **Size.** About 300 bytes per session, and twice that while many sessions are being refreshed. The space of purged
///   sessions is used again. If a file has become much larger than its content, it is rewritten when it is opened.
/// - **Opening.** If the process was killed, opening the file reads all of it once: about a second for a million
///   sessions.
///
/// Copy the file only while no process has it open.
///
/// ```no_run
/// # async fn f() -> Result<(), jwtauth::StoreError> {
/// let store = jwtauth::FileStore::open("/var/lib/shop/sessions.db").await?;
/// let fairing = jwtauth::JwtAuth::fairing().session_store(store);
/// # Ok(()) }
/// ```
pub struct FileStore {
    path: PathBuf,
    writer: Arc<Writer>,
}

/// The timeout of a request to the store.
const PATIENCE: Duration = Duration::from_secs(5);

impl FileStore {
    /// Opens the file at this path, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// If another process or this one already has the file open; if it is not a session file, or is damaged; if it
    /// can't be read, written or created. The source of the error contains the reason.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let opening = spawn_blocking(move || {
            let writer = Writer::start(open::open(&path)?)?;
            Ok(FileStore { path, writer })
        });
        match opening.await {
            Ok(opened) => opened.map_err(|error: FileError| StoreFault::from(error).into()),
            Err(_) => Err(StoreError::new("opening the file of sessions was broken off")),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = self.writer.submit(work).map_err(StoreError::new)?;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer.map_err(StoreError::new),
            Ok(Err(_)) => Err(StoreError::new("the thread that writes the file of sessions has ended")),
            Err(_) => Err(StoreError::new("the disk of the file of sessions does not answer")),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // This may access the disk, which must not block the threads of the runtime.
        let reading = {
            let writer = Arc::clone(&self.writer);
            spawn_blocking(move || {
                let snapshot = writer.snapshot().map_err(StoreError::new)?;
                work(&snapshot).map_err(StoreError::new)
            })
        };
        let problem = match timeout(PATIENCE, reading).await {
            Ok(Ok(Ok(value))) => return Ok(value),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => StoreError::new("the file of sessions is damaged: redb can't make sense of it"),
            Err(_) => return Err(StoreError::new("the disk of the file of sessions does not answer")),
        };
        self.writer.suspect();
        Err(problem)
    }
}

#[rocket::async_trait]
impl SessionStore for FileStore {
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let session = session.clone();
        self.write(move |tables| tables.create(&session, max_per_user)).await
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        self.write(move |tables| tables.advance(id, step)).await
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        self.write(move |tables| tables.prove(id, generation, now)).await
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        let userid = userid.to_owned();
        self.write(move |tables| tables.confirm(id, &userid, now)).await
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.read(move |snapshot| snapshot.find_reuse(id)).await
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.write(move |tables| tables.forget_reuse(id)).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.read(move |snapshot| snapshot.get(id)).await
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.write(move |tables| tables.end(id)).await
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let userid = userid.to_owned();
        self.write(move |tables| tables.end_all(&userid, except)).await
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let userid = userid.to_owned();
        self.read(move |snapshot| snapshot.list(&userid, now)).await
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        // The purge works in slices, so that other writes can run in between.
        let (mut after, mut forgotten) = (None, 0);
        loop {
            let (ids, next) = self.read(move |snapshot| snapshot.long_over(after, now)).await?;
            if !ids.is_empty() {
                forgotten += self.write(move |tables| tables.forget(&ids, now)).await?;
            }
            match next {
                Some(_) => after = next,
                None => return Ok(forgotten),
            }
        }
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        self.writer.close();
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStore").field(&self.path).finish()
    }
}

#[cfg(test)]
mod tests;
