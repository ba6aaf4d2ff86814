//! The tables in the file, and the operations on them.

use std::num::NonZeroU32;

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, StorageError, Table, TableDefinition, TableError, WriteTransaction,
};

use super::row::{Fields, Row};
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord};

type Id = &'static [u8; 16];

/// The rows, in the format of [`Row`].
const SESSIONS: TableDefinition<Id, &[u8]> = TableDefinition::new("rows");

/// The session ids of each user. Each entry has a session in [`SESSIONS`], and each session has an entry. The traces of
/// reuse have no entries here.
const USERS: TableDefinition<(&str, Id), ()> = TableDefinition::new("users");

/// Marks a redb file as a session file, with the version of its format. A new field of a row does not change the
/// version.
const FORMAT: TableDefinition<&str, u64> = TableDefinition::new("jwtauth");
const VERSION: u64 = 2;

/// The rows of version 1: generation, created, refreshed, ends at, digest of the nonce, user id, label.
const OLD_SESSIONS: TableDefinition<Id, OldRow<'static>> = TableDefinition::new("sessions");
const OLD_VERSION: u64 = 1;
type OldRow<'a> = (u64, u64, u64, u64, Option<&'a [u8; 32]>, &'a str, &'a str);

/// The number of rows that one step of a purge reads, and the maximum number that it removes. The removal is one
/// commit. Other writes wait for it, so on a slow or busy machine it must finish long before they time out.
const SLICE: usize = 1024;

/// The tables in a write transaction.
pub(super) struct Tables<'t> {
    sessions: Table<'t, Id, &'static [u8]>,
    users: Table<'t, (&'static str, Id), ()>,
    /// Whether there are changes to commit.
    changed: bool,
}

/// The tables as of a committed transaction.
pub(super) struct Snapshot {
    sessions: ReadOnlyTable<Id, &'static [u8]>,
    users: ReadOnlyTable<(&'static str, Id), ()>,
}

/// Creates the tables in a file that has none.
pub(super) fn found(transaction: &WriteTransaction) -> Result<(), TableError> {
    transaction.open_table(SESSIONS)?;
    transaction.open_table(USERS)?;
    transaction.open_table(FORMAT)?.insert("format", VERSION)?;
    Ok(())
}

/// The state of a redb file.
pub(super) enum Format {
    Current,
    /// The file must be [converted](convert).
    Old,
    NotOurs,
}

pub(super) fn format(transaction: &ReadTransaction) -> Result<Format, TableError> {
    match transaction.open_table(FORMAT) {
        Ok(format) => Ok(match format.get("format")?.map(|version| version.value()) {
            Some(VERSION) => Format::Current,
            Some(OLD_VERSION) => Format::Old,
            _ => Format::NotOurs,
        }),
        Err(TableError::Storage(error)) => Err(error.into()),
        // There is no such table, or it has another type.
        Err(_) => Ok(Format::NotOurs),
    }
}

/// Converts the rows of version 1 to the current format.
pub(super) fn convert(transaction: &WriteTransaction) -> Result<(), TableError> {
    found(transaction)?;
    {
        let (old, mut tables) = (transaction.open_table(OLD_SESSIONS)?, Tables::open(transaction)?);
        for entry in old.iter()? {
            let (id, row) = entry?;
            tables.write(Row::new(&old_record(SessionId::from_bytes(*id.value()), row.value())))?;
        }
    }
    transaction.delete_table(OLD_SESSIONS).map(drop)
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
        self.write(Row::new(session))?;
        self.users.insert((session.userid.as_str(), session.id.as_bytes()), ())?;
        Ok(ended)
    }

    pub(super) fn advance(&mut self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StorageError> {
        let Some(mut row) = row(&self.sessions, id)? else {
            return Ok(RefreshOutcome::Unknown);
        };
        let advanced = step.apply(&mut row.record);
        match advanced {
            RefreshOutcome::Next { .. } => self.write(row)?,
            RefreshOutcome::Reused => {
                self.users.remove((row.record.userid.as_str(), id.as_bytes()))?;
                self.write(row)?;
            }
            _ => {}
        }
        Ok(advanced)
    }

    pub(super) fn prove(&mut self, id: SessionId, generation: u64, now: u64) -> Result<(), StorageError> {
        if let Some(mut row) = row(&self.sessions, id)?
            && row.record.prove(generation, now)
        {
            self.write(row)?;
        }
        Ok(())
    }

    pub(super) fn confirm(
        &mut self,
        id: SessionId,
        userid: &str,
        now: u64,
    ) -> Result<Option<SessionRecord>, StorageError> {
        let Some(mut row) = row(&self.sessions, id)? else {
            return Ok(None);
        };
        if !row.record.confirm(userid, now) {
            return Ok(None);
        }
        let record = row.record.clone();
        self.write(row)?;
        Ok(Some(record))
    }

    /// Removes the trace of a reuse.
    pub(super) fn forget_reuse(&mut self, id: SessionId) -> Result<(), StorageError> {
        if row(&self.sessions, id)?.is_some_and(|row| row.record.reused) {
            self.sessions.remove(id.as_bytes())?;
            self.changed = true;
        }
        Ok(())
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

    /// Removes the sessions that ran out long ago from the store, and returns their number.
    pub(super) fn forget(&mut self, ids: &[SessionId], now: u64) -> Result<u64, StorageError> {
        let mut forgotten = 0;
        for id in ids {
            let Some(row) = self.sessions.get(id.as_bytes())? else { continue };
            let fields = Fields::read(row.value())?;
            if now >= fields.kept_until() {
                self.users.remove((fields.userid, id.as_bytes()))?;
                drop(row);
                self.sessions.remove(id.as_bytes())?;
                self.changed = true;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// Copies all rows from another file.
    pub(super) fn copy(&mut self, from: &Snapshot) -> Result<(), StorageError> {
        for entry in from.sessions.iter()? {
            let (id, row) = entry?;
            let (id, row) = (id.value(), row.value());
            self.sessions.insert(id, row)?;
            let fields = Fields::read(row)?;
            if !fields.reused {
                self.users.insert((fields.userid, id), ())?;
            }
        }
        self.changed = true;
        Ok(())
    }

    fn write(&mut self, row: Row) -> Result<(), StorageError> {
        let id = row.record.id;
        self.sessions.insert(id.as_bytes(), row.write().as_slice())?;
        self.changed = true;
        Ok(())
    }

    /// Removes a session, but not the trace of a reuse.
    fn remove(&mut self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        let Some(session) = get(&self.sessions, id)? else {
            return Ok(None);
        };
        self.sessions.remove(id.as_bytes())?;
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

    pub(super) fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        Ok(row(&self.sessions, id)?.map(|row| row.record).filter(|record| record.reused))
    }

    pub(super) fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StorageError> {
        let mut sessions = of_user(&self.sessions, &self.users, userid)?;
        sessions.retain(|session| session.is_alive(now));
        Ok(sessions)
    }

    /// The sessions of a slice that can be removed, and the id after which the next slice begins.
    pub(super) fn long_over(
        &self,
        after: Option<SessionId>,
        now: u64,
    ) -> Result<(Vec<SessionId>, Option<SessionId>), StorageError> {
        let start = after.as_ref().map_or(&[0; 16], SessionId::as_bytes);
        let (mut over, mut last, mut seen) = (Vec::new(), None, 0);
        for entry in self.sessions.range::<&[u8; 16]>(start..)?.take(SLICE) {
            let (id, row) = entry?;
            let id = SessionId::from_bytes(*id.value());
            if now >= Fields::read(row.value())?.kept_until() {
                over.push(id);
            }
            last = Some(id);
            seen += 1;
        }
        // The first id of a slice is the last id of the previous one.
        Ok((over, last.filter(|_| seen == SLICE)))
    }
}

fn row(sessions: &impl ReadableTable<Id, &'static [u8]>, id: SessionId) -> Result<Option<Row>, StorageError> {
    sessions.get(id.as_bytes())?.map(|row| Row::read(id, row.value())).transpose()
}

/// Returns a session, but not the trace of a reuse.
fn get(sessions: &impl ReadableTable<Id, &'static [u8]>, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
    Ok(row(sessions, id)?.map(|row| row.record).filter(|record| !record.reused))
}

fn of_user(
    sessions: &impl ReadableTable<Id, &'static [u8]>,
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

fn old_record(id: SessionId, row: OldRow<'_>) -> SessionRecord {
    let (generation, created, refreshed, ends_at, nonce_digest, userid, label) = row;
    let mut record = SessionRecord::new(id, userid, created, ends_at);
    record.generation = generation;
    record.refreshed = refreshed;
    record.assume_proof();
    record.nonce_digest = nonce_digest.copied();
    record.label = label.to_owned();
    record
}
