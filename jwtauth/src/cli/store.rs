//! The session store in the settings, as far as this program can use it.

use std::fs::{File, TryLockError};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use crate::claims::session_id::SessionId;
use crate::config::{ConfigError, Where};
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError, StoreUrl};

/// The result of opening the store.
pub(super) enum Opened {
    /// The store can be used.
    Open { kind: &'static str, store: Arc<dyn SessionStore> },
    /// This program can't use the store, for a reason that does not stop a launch.
    Closed { kind: &'static str, reason: String, is_warning: bool },
}

/// Opens the store as a launch does, but creates no file and does not open a file that a running application uses.
///
/// # Errors
///
/// The fault that would stop a launch.
pub(super) async fn open(place: &Where) -> Result<Opened, ConfigError> {
    let Where::Url { url, .. } = place else {
        let reason = "the application brings its own store".to_owned();
        return Ok(Opened::Closed { kind: "a store of the application", reason, is_warning: false });
    };
    let kind = match url {
        StoreUrl::Memory => {
            let reason = "the sessions are in the memory of the application, and end with it".to_owned();
            return Ok(Opened::Closed { kind: "memory", reason, is_warning: false });
        }
        StoreUrl::File(path) => {
            if let Some(closed) = closed_file(path) {
                return Ok(closed);
            }
            "a file"
        }
        StoreUrl::Redis(_) => "Redis",
        StoreUrl::Postgres(_) => "PostgreSQL",
    };
    let store = url.open().await.map_err(|error| place.unusable(&error))?;
    Ok(Opened::Open { kind, store })
}

/// Why a file can't be opened here. `None` if it can.
fn closed_file(path: &Path) -> Option<Opened> {
    let kind = "a file";
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.symlink_metadata().is_err() && folder.is_dir() {
        let reason = format!("`{shown}` does not exist yet; a launch creates it");
        return Some(Opened::Closed { kind, reason, is_warning: false });
    }
    match File::open(path).map(|file| file.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => {
            let reason =
                format!("`{shown}` is open in another process; if that is not the application, a launch fails");
            Some(Opened::Closed { kind, reason, is_warning: true })
        }
        _ => None,
    }
}

/// A placeholder for a store that this program can't use.
pub(super) struct OutOfReach(pub(super) String);

impl OutOfReach {
    fn error<T>(&self) -> Result<T, StoreError> {
        Err(StoreError::new(self.0.clone()))
    }
}

#[rocket::async_trait]
impl SessionStore for OutOfReach {
    async fn create(&self, _: &SessionRecord, _: Option<NonZeroU32>) -> Result<Vec<SessionId>, StoreError> {
        self.error()
    }

    async fn advance(&self, _: SessionId, _: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        self.error()
    }

    async fn prove(&self, _: SessionId, _: u64, _: u64) -> Result<(), StoreError> {
        self.error()
    }

    async fn confirm(&self, _: SessionId, _: &str, _: u64) -> Result<Option<SessionRecord>, StoreError> {
        self.error()
    }

    async fn find_reuse(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.error()
    }

    async fn forget_reuse(&self, _: SessionId) -> Result<(), StoreError> {
        self.error()
    }

    async fn get(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.error()
    }

    async fn end(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.error()
    }

    async fn end_all(&self, _: &str, _: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        self.error()
    }

    async fn list(&self, _: &str, _: u64) -> Result<Vec<SessionRecord>, StoreError> {
        self.error()
    }

    async fn purge(&self, _: u64) -> Result<u64, StoreError> {
        self.error()
    }
}
