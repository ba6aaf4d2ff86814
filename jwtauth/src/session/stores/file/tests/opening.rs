//! Tests of opening files in different states.

use super::super::open::SMALL;
use super::*;

#[test]
fn file_store_refuses_file_that_is_open() {
    rocket::execute(async {
        let store = Kept::new().await;
        let error = causes(FileStore::open(store.path()).await.map(drop));
        assert!(error.contains("is in use") && error.contains("sessions.db"), "{error}");
        store.begun().await;
    });
}

#[test]
fn file_store_refuses_other_and_damaged_files() {
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
fn file_store_says_why_it_cannot_open() {
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
fn file_store_creates_file_with_mode_0600_and_follows_links() {
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
        // An empty file, for example from a package, is accepted as a new file.
        fs::write(store.path(), "").unwrap();
        store.open().await.unwrap();
        store.begun().await;
    });
}

#[test]
fn file_store_discards_file_of_interrupted_creation() {
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

/// Files of the first version have rows of a fixed format.
#[test]
fn file_store_reads_and_converts_first_version_file() {
    type Row<'a> = (u64, u64, u64, u64, Option<&'a [u8; 32]>, &'a str, &'a str);
    rocket::execute(async {
        let mut store = Kept::new().await;
        store.store = None;
        fs::remove_file(store.path()).unwrap();
        let (alice, bob) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let database = redb::Database::create(store.path()).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let rows = redb::TableDefinition::<&[u8; 16], Row<'static>>::new("sessions");
            let mut rows = transaction.open_table(rows).unwrap();
            rows.insert(alice.as_bytes(), (3, 900, 1000, 2000, Some(&[7; 32]), "alice", "curl")).unwrap();
            rows.insert(bob.as_bytes(), (0, 1000, 1000, 2000, None, "bob", "")).unwrap();
            let users = redb::TableDefinition::<(&str, &[u8; 16]), ()>::new("users");
            let mut users = transaction.open_table(users).unwrap();
            users.insert(("alice", alice.as_bytes()), ()).unwrap();
            users.insert(("bob", bob.as_bytes()), ()).unwrap();
            let format = redb::TableDefinition::<&str, u64>::new("jwtauth");
            transaction.open_table(format).unwrap().insert("format", 1).unwrap();
        }
        transaction.commit().unwrap();
        drop(database);

        let mut expected = SessionRecord::new(alice, "alice", 900, 2000);
        (expected.generation, expected.refreshed) = (3, 1000);
        // Each generation before the current one was presented in turn.
        (expected.proven, expected.proven_at, expected.previous) = (2, 1000, Some(1));
        (expected.nonce_digest, expected.label) = (Some([7; 32]), "curl".into());
        for _ in 0..2 {
            store.open().await.unwrap();
            assert_eq!(store.get(alice).await.unwrap().as_ref(), Some(&expected));
            assert_eq!(store.list("alice", 1000).await.unwrap(), std::slice::from_ref(&expected));
        }
        assert_eq!(store.advance(alice, step(3)).await.unwrap(), RefreshOutcome::Next { generation: 4 });
        assert_eq!(store.get(alice).await.unwrap().unwrap().key_id, Some([1; 16]));
        assert!(store.end(bob).await.unwrap().is_some());
        assert_eq!(store.end_all("alice", None).await.unwrap().len(), 1);
    });
}

#[test]
fn file_store_reuses_purged_space_and_shrinks_on_opening() {
    // There are few rows, because a debug build is slow. They are long, because a small file does not shrink.
    const USERS: u64 = 4_000;
    rocket::execute(async {
        let mut store = Kept::new().await;
        let len = |store: &Kept| fs::metadata(store.path()).unwrap().len();
        let fill = async |store: &Kept, ends_at: u64| {
            // One transaction is enough, because only the rows matter.
            let answer = store.writer.submit(move |tables| {
                for user in 0..USERS {
                    let id = SessionId::random().unwrap();
                    let mut session = SessionRecord::new(id, format!("user {user}"), 1000, ends_at + user % 2);
                    session.label = "x".repeat(2_500);
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
        assert!(full > 2 * SMALL, "{full}");
        assert_eq!(store.purge(1100 + kept).await.unwrap(), USERS / 2);
        assert_eq!(store.purge(1101 + kept).await.unwrap(), USERS / 2);
        assert_eq!(store.purge(1101 + kept).await.unwrap(), 0);
        for round in 1..4 {
            fill(&store, 1100 + round * 10).await;
            assert_eq!(store.purge(1110 + round * 10 + kept).await.unwrap(), USERS);
        }
        assert!(len(&store) <= 2 * full, "{full} has become {}", len(&store));
        // The rows are scattered over the whole file, so its end can't be cut off.
        fill(&store, 1200).await;
        let thinning = store.writer.submit(|tables| {
            for user in (0..USERS).filter(|user| user % 20 != 9) {
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
        assert_eq!(store.advance(stays.id, step(0)).await.unwrap(), RefreshOutcome::Next { generation: 1 });
        store.open().await.unwrap();
        assert_eq!(store.get(stays.id).await.unwrap().unwrap().generation, 1);
    });
}
