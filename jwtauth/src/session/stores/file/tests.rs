//! Tests of the store in a file, beyond the contract of all stores: commits, reopening, failures.

mod opening;

use std::fs;
use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use rocket::tokio;

use super::disk::Disk;
use super::*;

#[cfg(feature = "testing")]
crate::session_store_conformance!(Kept::new().await);

/// A store on a file that is removed when the store is dropped.
struct Kept {
    store: Option<FileStore>,
    directory: PathBuf,
}

impl Kept {
    async fn new() -> Self {
        let directory = std::env::temp_dir().join(format!("jwtauth-{}", SessionId::random().unwrap()));
        fs::create_dir(&directory).unwrap();
        let mut kept = Kept { store: None, directory };
        kept.open().await.unwrap();
        kept
    }

    fn path(&self) -> PathBuf {
        self.directory.join("sessions.db")
    }

    async fn open(&mut self) -> Result<(), StoreError> {
        self.store = None;
        self.store = Some(FileStore::open(self.path()).await?);
        Ok(())
    }

    async fn begun(&self) -> SessionRecord {
        let session = session("alice");
        self.create(&session, None).await.unwrap();
        session
    }

    fn disk(&self) -> Arc<Disk> {
        Arc::clone(&self.writer.disk)
    }

    /// Blocks the writer thread until the sender is dropped.
    fn hold(&self) -> mpsc::Sender<()> {
        let (sender, receiver) = mpsc::channel();
        let (started, starting) = mpsc::channel();
        let held = self.writer.submit(move |_| {
            started.send(()).unwrap();
            let _ = receiver.recv();
            Ok(())
        });
        // The job must not count as cancelled.
        std::mem::forget(held.unwrap());
        starting.recv().unwrap();
        sender
    }
}

impl Deref for Kept {
    type Target = FileStore;

    fn deref(&self) -> &FileStore {
        self.store.as_ref().unwrap()
    }
}

#[rocket::async_trait]
impl SessionStore for Kept {
    async fn create(&self, session: &SessionRecord, max: Option<NonZeroU32>) -> Result<Vec<SessionId>, StoreError> {
        (**self).create(session, max).await
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        (**self).advance(id, step).await
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        (**self).prove(id, generation, now).await
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        (**self).confirm(id, userid, now).await
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        (**self).find_reuse(id).await
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        (**self).forget_reuse(id).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        (**self).get(id).await
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        (**self).end(id).await
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        (**self).end_all(userid, except).await
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        (**self).list(userid, now).await
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        (**self).purge(now).await
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.store = None;
        fs::remove_dir_all(&self.directory).unwrap();
    }
}

fn session(userid: &str) -> SessionRecord {
    let session = SessionRecord::new(SessionId::random().unwrap(), userid, 1000, 2000);
    SessionRecord { key_id: Some([1; 16]), ..session }
}

fn step(generation: u64) -> RefreshStep {
    RefreshStep { generation, now: 1000, grace: 30, ends_at: 2000, key_id: [1; 16] }
}

fn causes(opened: Result<(), StoreError>) -> String {
    opened.expect_err("it must not open").causes()
}

#[test]
fn file_store_keeps_answered_changes_after_reopening() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        let (alice, bob) = (store.begun().await, session("bob"));
        store.create(&bob, None).await.unwrap();
        assert_eq!(store.advance(alice.id, step(0)).await.unwrap(), RefreshOutcome::Next { generation: 1 });
        store.end(bob.id).await.unwrap();
        store.open().await.unwrap();
        assert_eq!(
            store.advance(alice.id, step(0)).await.unwrap(),
            RefreshOutcome::Repeated { generation: 1, ends_at: 2000 }
        );
        assert_eq!(store.get(alice.id).await.unwrap(), Some(SessionRecord { generation: 1, ..alice.clone() }));
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 1);
        assert_eq!(store.get(bob.id).await.unwrap(), None);
        assert_eq!(store.list("bob", 1000).await.unwrap(), []);
    });
}

#[test]
fn file_store_commits_concurrent_changes_together() {
    rocket::execute(async {
        let store = Arc::new(Kept::new().await);
        let mut sessions = Vec::new();
        for _ in 0..64 {
            sessions.push(store.begun().await.id);
        }
        let syncs = || store.disk().probe.syncs.load(Ordering::Acquire);
        let before = syncs();
        // All other jobs arrive while one is being written.
        let held = store.hold();
        let waiting = Arc::new(tokio::sync::Barrier::new(65));
        let steps: Vec<_> = sessions
            .into_iter()
            .map(|id| {
                let (store, waiting) = (Arc::clone(&store), Arc::clone(&waiting));
                tokio::spawn(async move {
                    let answer = store.writer.submit(move |tables| tables.advance(id, step(0))).unwrap();
                    waiting.wait().await;
                    answer.await.unwrap().unwrap()
                })
            })
            .collect();
        waiting.wait().await;
        assert_eq!(syncs(), before);
        drop(held);
        for step in steps {
            assert_eq!(step.await.unwrap(), RefreshOutcome::Next { generation: 1 });
        }
        // One commit with two phases, and one more sync if the file grew.
        assert!((2..=3).contains(&(syncs() - before)), "{} syncs", syncs() - before);
    });
}

#[test]
fn file_store_needs_fewer_commits_than_steps() {
    rocket::execute(async {
        let store = Arc::new(Kept::new().await);
        let before = store.disk().probe.syncs.load(Ordering::Acquire);
        let clients: Vec<_> = (0..64)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let id = store.begun().await.id;
                    for generation in 0..20 {
                        assert_eq!(
                            store.advance(id, step(generation)).await.unwrap(),
                            RefreshOutcome::Next { generation: generation + 1 }
                        );
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        let commits = (store.disk().probe.syncs.load(Ordering::Acquire) - before) / 2;
        assert!(commits < 64 * 21 / 4, "{commits} commits for {} steps", 64 * 21);
    });
}

#[test]
fn file_store_commits_nothing_without_a_change() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        assert_eq!(store.advance(session.id, step(0)).await.unwrap(), RefreshOutcome::Next { generation: 1 });
        let before = store.disk().probe.syncs.load(Ordering::Acquire);
        assert_eq!(
            store.advance(session.id, step(0)).await.unwrap(),
            RefreshOutcome::Repeated { generation: 1, ends_at: 2000 }
        );
        assert_eq!(store.advance(SessionId::random().unwrap(), step(0)).await.unwrap(), RefreshOutcome::Unknown);
        assert_eq!(store.end_all("nobody", None).await.unwrap(), []);
        assert_eq!(store.disk().probe.syncs.load(Ordering::Acquire), before);
    });
}

#[test]
fn file_store_reads_without_waiting_for_the_writer() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        let held = store.hold();
        assert_eq!(store.get(session.id).await.unwrap(), Some(session.clone()));
        assert_eq!(store.list("alice", 1000).await.unwrap(), [session]);
        drop(held);
    });
}

#[test]
fn file_store_skips_change_whose_caller_has_left() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        let held = store.hold();
        let answer = store.writer.submit({
            let id = session.id;
            move |tables| tables.end(id)
        });
        drop(answer);
        drop(held);
        assert_eq!(store.advance(session.id, step(0)).await.unwrap(), RefreshOutcome::Next { generation: 1 });
    });
}

#[test]
fn file_store_fails_on_full_disk_and_recovers() {
    rocket::execute(async {
        let store = Arc::new(Kept::new().await);
        let sessions = [store.begun().await.id, store.begun().await.id, store.begun().await.id];
        let disk = store.disk();
        disk.probe.writes_fail.store(true, Ordering::Release);
        let steps = sessions.map(|id| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.advance(id, step(0)).await })
        });
        for step in steps {
            let error = step.await.unwrap().unwrap_err().causes();
            assert!(error.contains("sessions.db"), "{error}");
        }
        store.get(sessions[0]).await.unwrap_err();
        store.list("alice", 1000).await.unwrap_err();
        store.end(sessions[0]).await.unwrap_err();
        disk.probe.writes_fail.store(false, Ordering::Release);
        recovered(&store).await;
        for id in sessions {
            assert_eq!(store.advance(id, step(0)).await.unwrap(), RefreshOutcome::Next { generation: 1 });
        }
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 3);
    });
}

#[test]
fn file_store_writes_everything_again_after_failed_sync() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        let disk = store.disk();
        disk.probe.syncs_fail.store(true, Ordering::Release);
        store.advance(session.id, step(0)).await.unwrap_err();
        store.get(session.id).await.unwrap_err();
        // Data that the disk did not confirm must not be trusted.
        disk.probe.writes_fail.store(true, Ordering::Release);
        disk.probe.syncs_fail.store(false, Ordering::Release);
        disk.settle().unwrap_err();
        disk.probe.writes_fail.store(false, Ordering::Release);
        recovered(&store).await;
        let answer = store.advance(session.id, step(0)).await.unwrap();
        assert!(
            [RefreshOutcome::Next { generation: 1 }, RefreshOutcome::Repeated { generation: 1, ends_at: 2000 }]
                .contains(&answer),
            "{answer:?}"
        );
        assert_eq!(store.advance(session.id, step(1)).await.unwrap(), RefreshOutcome::Next { generation: 2 });
    });
}

#[test]
fn file_store_reports_panic_of_the_writer_and_recovers() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        let id = session.id;
        let held = store.hold();
        let before = store.writer.submit(move |tables| tables.advance(id, step(0))).unwrap();
        let broken = store.writer.submit::<()>(|_| panic!("as redb does over a row that makes no sense")).unwrap();
        drop(held);
        assert!(before.await.unwrap().is_err());
        assert!(broken.await.unwrap().is_err());
        recovered(&store).await;
        assert_eq!(
            store.advance(id, step(0)).await.unwrap(),
            RefreshOutcome::Next { generation: 1 },
            "nothing of it was done"
        );
    });
}

#[test]
fn file_store_reopens_file_after_failed_read() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        store.read(|_| Err::<(), _>(StorageError::Corrupted("a test".into()))).await.unwrap_err();
        recovered(&store).await;
        // There are no writes. Opening a file syncs it.
        let syncs = || store.disk().probe.syncs.load(Ordering::Acquire);
        let before = syncs();
        store.read::<()>(|_| panic!("as redb does over a row that makes no sense")).await.unwrap_err();
        for _ in 0..500 {
            if syncs() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(syncs() > before, "it was not opened again");
        recovered(&store).await;
        assert_eq!(store.get(session.id).await.unwrap(), Some(session));
    });
}

/// Waits until the file has been opened again. The store tries this every second.
async fn recovered(store: &FileStore) {
    while store.list("nobody", 0).await.is_err() || store.end_all("nobody", None).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn file_store_answers_pending_changes_when_closed() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        let session = store.begun().await;
        let held = store.hold();
        let id = session.id;
        let answer = store.writer.submit(move |tables| tables.advance(id, step(0))).unwrap();
        let writer = Arc::clone(&store.writer);
        let closing = std::thread::spawn(move || writer.close());
        drop(held);
        closing.join().unwrap();
        assert_eq!(answer.await.unwrap().unwrap(), RefreshOutcome::Next { generation: 1 });
        store.end(id).await.unwrap_err();
        store.get(id).await.unwrap_err();
        store.open().await.unwrap();
        assert_eq!(store.get(id).await.unwrap().map(|session| session.generation), Some(1));
    });
}
