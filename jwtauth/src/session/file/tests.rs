use std::fs;
use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use rocket::tokio;

use super::disk::Disk;
use super::*;

#[cfg(feature = "testing")]
crate::session_store_conformance!(Kept::new().await);

/// A store on a file that goes when the store does.
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

    /// Holds the writer's thread up until the sender is dropped.
    fn hold(&self) -> mpsc::Sender<()> {
        let (sender, receiver) = mpsc::channel();
        let (started, starting) = mpsc::channel();
        let held = self.writer.submit(move |_| {
            started.send(()).unwrap();
            let _ = receiver.recv();
            Ok(())
        });
        // It must not count as given up.
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

    async fn advance(&self, id: SessionId, step: Advance) -> Result<Advanced, StoreError> {
        (**self).advance(id, step).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        (**self).get(id).await
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        (**self).end(id).await
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionId>, StoreError> {
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
    SessionRecord::new(SessionId::random().unwrap(), userid, 1000, 2000)
}

fn step(generation: u64) -> Advance {
    Advance { generation, now: 1000, grace: 30, ends_at: 2000 }
}

fn causes(opened: Result<(), StoreError>) -> String {
    opened.expect_err("it must not open").causes()
}

#[test]
fn what_was_answered_is_there_when_it_is_opened_again() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        let (alice, bob) = (store.begun().await, session("bob"));
        store.create(&bob, None).await.unwrap();
        assert_eq!(store.advance(alice.id, step(0)).await.unwrap(), Advanced::Next);
        store.end(bob.id).await.unwrap();
        store.open().await.unwrap();
        assert_eq!(store.advance(alice.id, step(0)).await.unwrap(), Advanced::Repeated { ends_at: 2000 });
        assert_eq!(store.get(alice.id).await.unwrap(), Some(SessionRecord { generation: 1, ..alice.clone() }));
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 1);
        assert_eq!(store.get(bob.id).await.unwrap(), None);
        assert_eq!(store.list("bob", 1000).await.unwrap(), []);
    });
}

#[test]
fn those_who_come_at_once_share_a_commit() {
    rocket::execute(async {
        let store = Arc::new(Kept::new().await);
        let mut sessions = Vec::new();
        for _ in 0..64 {
            sessions.push(store.begun().await.id);
        }
        let syncs = || store.disk().probe.syncs.load(Ordering::Acquire);
        let before = syncs();
        // While one is being written, all others come.
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
            assert_eq!(step.await.unwrap(), Advanced::Next);
        }
        // One commit, of two phases; one more sync if the file grew.
        assert!((2..=3).contains(&(syncs() - before)), "{} syncs", syncs() - before);
    });
}

#[test]
fn sixty_four_clients_need_fewer_commits_than_steps() {
    rocket::execute(async {
        let store = Arc::new(Kept::new().await);
        let before = store.disk().probe.syncs.load(Ordering::Acquire);
        let clients: Vec<_> = (0..64)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let id = store.begun().await.id;
                    for generation in 0..20 {
                        assert_eq!(store.advance(id, step(generation)).await.unwrap(), Advanced::Next);
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
fn what_changes_nothing_is_not_committed() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        assert_eq!(store.advance(session.id, step(0)).await.unwrap(), Advanced::Next);
        let before = store.disk().probe.syncs.load(Ordering::Acquire);
        assert_eq!(store.advance(session.id, step(0)).await.unwrap(), Advanced::Repeated { ends_at: 2000 });
        assert_eq!(store.advance(SessionId::random().unwrap(), step(0)).await.unwrap(), Advanced::Unknown);
        assert_eq!(store.end_all("nobody", None).await.unwrap(), []);
        assert_eq!(store.disk().probe.syncs.load(Ordering::Acquire), before);
    });
}

#[test]
fn reads_do_not_wait_for_the_writer() {
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
fn what_nobody_waits_for_any_more_is_left_undone() {
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
        assert_eq!(store.advance(session.id, step(0)).await.unwrap(), Advanced::Next);
    });
}

#[test]
fn a_full_disk_is_an_error_for_all_until_there_is_room() {
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
            assert_eq!(store.advance(id, step(0)).await.unwrap(), Advanced::Next);
        }
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 3);
    });
}

#[test]
fn after_a_sync_that_failed_everything_is_written_again() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        let disk = store.disk();
        disk.probe.syncs_fail.store(true, Ordering::Release);
        store.advance(session.id, step(0)).await.unwrap_err();
        store.get(session.id).await.unwrap_err();
        // Nothing may be believed that the disk did not confirm.
        disk.probe.writes_fail.store(true, Ordering::Release);
        disk.probe.syncs_fail.store(false, Ordering::Release);
        disk.settle().unwrap_err();
        disk.probe.writes_fail.store(false, Ordering::Release);
        recovered(&store).await;
        let answer = store.advance(session.id, step(0)).await.unwrap();
        assert!([Advanced::Next, Advanced::Repeated { ends_at: 2000 }].contains(&answer), "{answer:?}");
        assert_eq!(store.advance(session.id, step(1)).await.unwrap(), Advanced::Next);
    });
}

#[test]
fn a_panic_of_the_writer_is_an_error_for_those_who_wait() {
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
        assert_eq!(store.advance(id, step(0)).await.unwrap(), Advanced::Next, "nothing of it was done");
    });
}

#[test]
fn a_read_that_fails_has_the_file_opened_again() {
    rocket::execute(async {
        let store = Kept::new().await;
        let session = store.begun().await;
        store.read(|_| Err::<(), _>(StorageError::Corrupted("a test".into()))).await.unwrap_err();
        store.read::<()>(|_| panic!("as redb does over a row that makes no sense")).await.unwrap_err();
        recovered(&store).await;
        assert_eq!(store.get(session.id).await.unwrap(), Some(session));
    });
}

/// Waits until the file has been opened again: it is tried every second.
async fn recovered(store: &FileStore) {
    while store.list("nobody", 0).await.is_err() || store.end_all("nobody", None).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_store_that_is_closed_answers_what_waits() {
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
        assert_eq!(answer.await.unwrap().unwrap(), Advanced::Next);
        store.end(id).await.unwrap_err();
        store.get(id).await.unwrap_err();
        store.open().await.unwrap();
        assert_eq!(store.get(id).await.unwrap().map(|session| session.generation), Some(1));
    });
}

#[test]
fn a_file_is_open_once() {
    rocket::execute(async {
        let store = Kept::new().await;
        let error = causes(FileStore::open(store.path()).await.map(drop));
        assert!(error.contains("is in use") && error.contains("sessions.db"), "{error}");
        store.begun().await;
    });
}

#[test]
fn what_is_no_file_of_sessions_is_said_to_be_none() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        store.begun().await;
        store.store = None;
        let path = store.path();
        let good = fs::read(&path).unwrap();

        for other in [&b"SQLite format 3\0 and so on"[..], b"x", &[0; 10_000]] {
            fs::write(&path, other).unwrap();
            let error = causes(store.open().await);
            assert!(error.contains("another format"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), other, "it is somebody's");
        }

        let foreign = store.directory.join("foreign");
        let database = redb::Database::create(&foreign).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(redb::TableDefinition::<u64, u64>::new("sessions")).unwrap();
        transaction.commit().unwrap();
        drop(database);
        let error = causes(FileStore::open(foreign).await.map(drop));
        assert!(error.contains("not one of sessions"), "{error}");

        let cut = &good[..good.len() / 2];
        let mut scribbled = good.clone();
        scribbled[4096..].fill(0xa5);
        let mut header = good.clone();
        header[9..200].fill(0xff);
        for bad in [cut, &good[..4096], &scribbled, &header] {
            fs::write(&path, bad).unwrap();
            let error = causes(store.open().await);
            assert!(error.contains("damaged") || error.contains("can't be read"), "{error}");
        }

        fs::write(&path, good).unwrap();
        store.open().await.unwrap();
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 1);
    });
}

#[test]
fn what_can_t_be_opened_says_why() {
    rocket::execute(async {
        let store = Kept::new().await;
        let error = causes(FileStore::open(store.directory.join("missing/sessions.db")).await.map(drop));
        assert!(error.contains("can't be created") && error.contains("No such file"), "{error}");
        let error = causes(FileStore::open(&store.directory).await.map(drop));
        assert!(error.contains("is not a file"), "{error}");
    });
}

#[cfg(unix)]
#[test]
fn a_file_is_its_owner_s_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    rocket::execute(async {
        let mut store = Kept::new().await;
        assert_eq!(fs::metadata(store.path()).unwrap().permissions().mode() & 0o777, 0o600);
        // A link is followed, and never replaced.
        let link = store.directory.join("link");
        symlink(store.path(), &link).unwrap();
        store.store = None;
        drop(FileStore::open(&link).await.unwrap());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(store.path()).unwrap();
        causes(FileStore::open(&link).await.map(drop));
        // An empty file, as a package may bring it, is one to begin with.
        fs::write(store.path(), "").unwrap();
        store.open().await.unwrap();
        store.begun().await;
    });
}

#[test]
fn one_that_was_killed_while_it_was_made_is_made_again() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        store.store = None;
        fs::remove_file(store.path()).unwrap();
        let draft = store.directory.join("sessions.db.new");
        fs::write(&draft, [0; 100_000]).unwrap();
        store.open().await.unwrap();
        assert!(!draft.exists());
        store.begun().await;
        fs::write(&draft, [0; 100_000]).unwrap();
        store.open().await.unwrap();
        assert!(!draft.exists());
        assert_eq!(store.list("alice", 1000).await.unwrap().len(), 1);
    });
}

#[test]
fn purging_makes_room_and_opening_gives_it_back() {
    rocket::execute(async {
        let mut store = Kept::new().await;
        let len = |store: &Kept| fs::metadata(store.path()).unwrap().len();
        let fill = async |store: &Kept, ends_at: u64| {
            // In one transaction: it is the rows that matter.
            let answer = store.writer.submit(move |tables| {
                for user in 0..30_000 {
                    let id = SessionId::random().unwrap();
                    let mut session = SessionRecord::new(id, format!("user {user}"), 1000, ends_at + user % 2);
                    session.label = "x".repeat(100);
                    tables.create(&session, None)?;
                }
                Ok(())
            });
            answer.unwrap().await.unwrap().unwrap();
        };
        let kept = SessionRecord::KEPT;
        let stays = store.begun().await;
        fill(&store, 1100).await;
        let full = len(&store);
        assert_eq!(store.purge(1100 + kept).await.unwrap(), 15_000);
        assert_eq!(store.purge(1101 + kept).await.unwrap(), 15_000);
        assert_eq!(store.purge(1101 + kept).await.unwrap(), 0);
        for round in 1..4 {
            fill(&store, 1100 + round * 10).await;
            assert_eq!(store.purge(1110 + round * 10 + kept).await.unwrap(), 30_000);
        }
        assert!(len(&store) <= 2 * full, "{full} has become {}", len(&store));
        // Scattered over the whole file, there is nothing to cut off at its end.
        fill(&store, 1200).await;
        let thinning = store.writer.submit(|tables| {
            for user in (0..30_000).filter(|user| user % 20 != 9) {
                tables.end_all(&format!("user {user}"), None)?;
            }
            Ok(())
        });
        thinning.unwrap().await.unwrap().unwrap();
        let before = store.list("user 29", 1000).await.unwrap();
        store.open().await.unwrap();
        assert!(len(&store) < full / 2, "{full} has become {}", len(&store));
        assert_eq!(store.list("user 29", 1000).await.unwrap(), before);
        assert_eq!(store.get(stays.id).await.unwrap(), Some(stays.clone()));
        assert_eq!(store.advance(stays.id, step(0)).await.unwrap(), Advanced::Next);
        store.open().await.unwrap();
        assert_eq!(store.get(stays.id).await.unwrap().unwrap().generation, 1);
    });
}
