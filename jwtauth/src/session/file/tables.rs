//! What lies in the file, and what is done with it.

use std::num::NonZeroU32;

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, StorageError, Table, TableDefinition, TableError, WriteTransaction,
};

use super::super::{Advance, Advanced, SessionId, SessionRecord};

type Id = &'static [u8; 16];

/// Generation, created, refreshed, ends at, digest of the nonce, user id, label.
type Row<'a> = (u64, u64, u64, u64, Option<&'a [u8; 32]>, &'a str, &'a str);

const SESSIONS: TableDefinition<Id, Row<'static>> = TableDefinition::new("sessions");

/// The ids of each user: what is found by its key is in [`SESSIONS`], and the other way round.
const USERS: TableDefinition<(&str, Id), ()> = TableDefinition::new("users");

/// Says that a file of redb is one of ours, and in which form.
const FORMAT: TableDefinition<&str, u64> = TableDefinition::new("jwtauth");
const VERSION: u64 = 1;

/// How many rows are looked at in one go when purging.
const SLICE: usize = 4096;

/// The tables in a transaction that writes.
pub(super) struct Tables<'t> {
    sessions: Table<'t, Id, Row<'static>>,
    users: Table<'t, (&'static str, Id), ()>,
    /// Whether there is something to commit.
    changed: bool,
}

/// The tables as they were when a transaction was committed.
pub(super) struct Snapshot {
    sessions: ReadOnlyTable<Id, Row<'static>>,
    users: ReadOnlyTable<(&'static str, Id), ()>,
}

/// Makes the tables in a file that has none.
pub(super) fn found(transaction: &WriteTransaction) -> Result<(), TableError> {
    transaction.open_table(SESSIONS)?;
    transaction.open_table(USERS)?;
    transaction.open_table(FORMAT)?.insert("format", VERSION)?;
    Ok(())
}

/// Whether the file is one of ours.
pub(super) fn is_ours(transaction: &ReadTransaction) -> Result<bool, TableError> {
    match transaction.open_table(FORMAT) {
        Ok(format) => Ok(format.get("format")?.map(|version| version.value()) == Some(VERSION)),
        Err(TableError::Storage(error)) => Err(error.into()),
        // There is no such table, or it is of another kind.
        Err(_) => Ok(false),
    }
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, TableError> {
        let (sessions, users) = (transaction.open_table(SESSIONS)?, transaction.open_table(USERS)?);
        Ok(Tables { sessions, users, changed: false })
    }

    pub(super) fn changed(&self) -> bool {
        self.changed
    }

    pub(super) fn create(
        &mut self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StorageError> {
        let mut ended = Vec::new();
        if let Some(max) = max_per_user {
            let mut alive = of_user(&self.sessions, &self.users, &session.userid)?;
            alive.retain(|other| other.is_alive(session.created));
            alive.sort_unstable_by_key(|other| (other.refreshed, other.id));
            let others = usize::try_from(max.get() - 1).unwrap_or(usize::MAX);
            for other in &alive[..alive.len().saturating_sub(others)] {
                self.remove(other.id)?;
                ended.push(other.id);
            }
        }
        self.insert(session)?;
        self.users.insert((session.userid.as_str(), session.id.as_bytes()), ())?;
        Ok(ended)
    }

    pub(super) fn advance(&mut self, id: SessionId, step: Advance) -> Result<Advanced, StorageError> {
        let Some(mut session) = get(&self.sessions, id)? else {
            return Ok(Advanced::Unknown);
        };
        let advanced = step.judge(session.generation, session.refreshed, session.ends_at);
        match advanced {
            Advanced::Next => {
                session.generation = session.generation.saturating_add(1);
                session.refreshed = step.now;
                session.ends_at = step.ends_at;
                self.insert(&session)?;
            }
            Advanced::Reused => drop(self.remove(id)?),
            _ => {}
        }
        Ok(advanced)
    }

    pub(super) fn end(&mut self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        self.remove(id)
    }

    pub(super) fn end_all(
        &mut self,
        userid: &str,
        except: Option<SessionId>,
    ) -> Result<Vec<SessionRecord>, StorageError> {
        let mut ids = ids_of(&self.users, userid)?;
        ids.retain(|id| Some(*id) != except);
        let mut ended = Vec::new();
        for id in ids {
            ended.extend(self.remove(id)?);
        }
        Ok(ended)
    }

    /// Forgets those of these sessions that ran out long ago, and answers how many.
    pub(super) fn forget(&mut self, ids: &[SessionId], now: u64) -> Result<u64, StorageError> {
        let mut forgotten = 0;
        for id in ids {
            if get(&self.sessions, *id)?.is_some_and(|session| now >= session.kept_until()) {
                forgotten += u64::from(self.remove(*id)?.is_some());
            }
        }
        Ok(forgotten)
    }

    /// Takes over all that another file has.
    pub(super) fn copy(&mut self, from: &Snapshot) -> Result<(), StorageError> {
        for entry in from.sessions.iter()? {
            let (id, row) = entry?;
            let (id, row) = (id.value(), row.value());
            self.sessions.insert(id, row)?;
            self.users.insert((row.5, id), ())?;
        }
        self.changed = true;
        Ok(())
    }

    fn insert(&mut self, session: &SessionRecord) -> Result<(), StorageError> {
        let row = (
            session.generation,
            session.created,
            session.refreshed,
            session.ends_at,
            session.nonce_digest.as_ref(),
            session.userid.as_str(),
            session.label.as_str(),
        );
        self.sessions.insert(session.id.as_bytes(), row)?;
        self.changed = true;
        Ok(())
    }

    fn remove(&mut self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        let Some(row) = self.sessions.remove(id.as_bytes())? else {
            return Ok(None);
        };
        let session = record(id, row.value());
        self.users.remove((session.userid.as_str(), id.as_bytes()))?;
        self.changed = true;
        Ok(Some(session))
    }
}

impl Snapshot {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, TableError> {
        Ok(Snapshot { sessions: transaction.open_table(SESSIONS)?, users: transaction.open_table(USERS)? })
    }

    pub(super) fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        get(&self.sessions, id)
    }

    pub(super) fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StorageError> {
        let mut sessions = of_user(&self.sessions, &self.users, userid)?;
        sessions.retain(|session| session.is_alive(now));
        Ok(sessions)
    }

    /// Those of a slice of the sessions that can be forgotten, and where the next slice begins: after which id.
    pub(super) fn long_over(
        &self,
        after: Option<SessionId>,
        now: u64,
    ) -> Result<(Vec<SessionId>, Option<SessionId>), StorageError> {
        let start = after.as_ref().map_or(&[0; 16], SessionId::as_bytes);
        let (mut over, mut last, mut seen) = (Vec::new(), None, 0);
        for entry in self.sessions.range::<&[u8; 16]>(start..)?.take(SLICE) {
            let (id, row) = entry?;
            let session = record(SessionId::from_bytes(*id.value()), row.value());
            if now >= session.kept_until() {
                over.push(session.id);
            }
            last = Some(session.id);
            seen += 1;
        }
        // The first of a slice is the last of the one before.
        Ok((over, last.filter(|_| seen == SLICE)))
    }
}

fn get(sessions: &impl ReadableTable<Id, Row<'static>>, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
    Ok(sessions.get(id.as_bytes())?.map(|row| record(id, row.value())))
}

fn of_user(
    sessions: &impl ReadableTable<Id, Row<'static>>,
    users: &impl ReadableTable<(&'static str, Id), ()>,
    userid: &str,
) -> Result<Vec<SessionRecord>, StorageError> {
    let session = |id| match get(sessions, id)? {
        Some(session) if session.userid == userid => Ok(session),
        _ => Err(StorageError::Corrupted("a user has a session that is not there".into())),
    };
    ids_of(users, userid)?.into_iter().map(session).collect()
}

fn ids_of(users: &impl ReadableTable<(&'static str, Id), ()>, userid: &str) -> Result<Vec<SessionId>, StorageError> {
    let mut ids = Vec::new();
    for entry in users.range((userid, &[0; 16])..=(userid, &[0xff; 16]))? {
        ids.push(SessionId::from_bytes(*entry?.0.value().1));
    }
    Ok(ids)
}

fn record(id: SessionId, row: Row<'_>) -> SessionRecord {
    let (generation, created, refreshed, ends_at, nonce_digest, userid, label) = row;
    SessionRecord {
        id,
        userid: userid.to_owned(),
        generation,
        created,
        refreshed,
        ends_at,
        nonce_digest: nonce_digest.copied(),
        label: label.to_owned(),
    }
}
