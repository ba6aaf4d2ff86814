use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use rocket::futures::future::join_all;
use sha2::{Digest, Sha256};

use super::link::Link;
use super::row::number;
use super::{row, scripts};
use crate::claims::session_id::SessionId;
use crate::session::{SessionRecord, StoreError};

/// The keys of sessions, and the steps that use them. Each step uses one key.
pub(super) struct Sessions {
    pub(super) link: Link,
    pub(super) prefix: String,
    /// The names of steps. They start with a random number, so that two processes do not use the same names.
    steps: AtomicU64,
}

/// The time in microseconds for which an id may be in an index without a row. After that, its session counts as over.
/// The row of a new session is written within seconds. Otherwise, the login fails.
pub(super) const BEGINNING: &str = "600000000";

/// The maximum time that a key is kept, in seconds: 136 years. It prevents overflows in the server.
const LONGEST: u64 = u32::MAX as u64;

/// The maximum number of attempts to enforce a limit if sessions are refreshed meanwhile.
const ATTEMPTS: usize = 16;

/// The result of ending a session.
pub(super) enum Ended {
    Row(Box<SessionRecord>),
    Nothing,
    Changed,
}

impl Sessions {
    pub(super) fn new(link: Link, prefix: String) -> Result<Self, StoreError> {
        let mut first = [0; 8];
        getrandom::fill(&mut first).map_err(StoreError::new)?;
        Ok(Sessions { link, prefix, steps: AtomicU64::new(u64::from_ne_bytes(first)) })
    }

    /// The name of the next step. It is unique.
    pub(super) fn name_of_step(&self) -> String {
        format!("{:016x}", self.steps.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn row(&self, id: SessionId) -> String {
        format!("{}session:{id}", self.prefix)
    }

    pub(super) fn user(&self, userid: &str) -> String {
        let digest = Sha256::digest(userid.as_bytes());
        format!("{}user:{}", self.prefix, base64_simd::URL_SAFE_NO_PAD.encode_to_string(digest))
    }

    pub(super) async fn begin(&self, session: &SessionRecord) -> Result<(), StoreError> {
        let now = session.created;
        let indexed = self.enter(session, now).await?;
        let mut arguments = vec![ttl(session.kept_until(), now).to_string()];
        arguments.extend(row::write(session, indexed));
        self.link.run::<u64>(&scripts::BEGIN, &self.row(session.id), &arguments).await.map(drop)
    }

    /// Enters a session into its index, or extends the index. Returns the time until which the index lasts.
    pub(super) async fn enter(&self, session: &SessionRecord, now: u64) -> Result<u64, StoreError> {
        self.enter_until(session.id, &session.userid, index_lasts(session.ends_at, now), now).await
    }

    async fn enter_until(&self, id: SessionId, userid: &str, until: u64, now: u64) -> Result<u64, StoreError> {
        let arguments = [id.to_string(), ttl(until, now).to_string()];
        self.link.run::<u64>(&scripts::ENTER, &self.user(userid), &arguments).await?;
        Ok(until)
    }

    /// Extends the index of a session to the time that it may be needed. If this fails, the next step tries again.
    pub(super) async fn keep_index(&self, id: SessionId, userid: &str, ends_at: u64, now: u64) {
        if let Ok(until) = self.enter_until(id, userid, index_lasts(ends_at, now), now).await {
            let arguments = [number(until), number(now), number(SessionRecord::KEPT)];
            let _ = self.link.run::<u64>(&scripts::INDEXED, &self.row(id), &arguments).await;
        }
    }

    /// Ends the sessions of a user that exceed the limit, after a new one has begun.
    ///
    /// Sessions are in the index in the order in which they began. The newest session stays. Of the others, those that
    /// were refreshed most recently stay. If several sessions begin at once, each of them only ends sessions that also
    /// end in the final result: an early check sees fewer sessions, but no wrong ones. The checks do not depend on each
    /// other's rows: the one that writes its row last sees all rows.
    pub(super) async fn enforce(&self, session: &SessionRecord, max: NonZeroU32) -> Result<Vec<SessionId>, StoreError> {
        let others = usize::try_from(max.get() - 1).unwrap_or(usize::MAX);
        let mut ended = Vec::new();
        for _ in 0..ATTEMPTS {
            let (mut leaving, _) = self.rows(&session.userid).await?;
            leaving.retain(|row| row.is_alive(session.created));
            leaving.pop();
            // The sort is stable: if two sessions were refreshed in the same second, the one that began first comes
            // first.
            leaving.sort_by_key(|row| row.refreshed);
            leaving.truncate(leaving.len().saturating_sub(others));
            let ends = join_all(leaving.iter().map(|row| self.end(row.id, Some(row.generation)))).await;
            let (mut changed, mut gone) = (false, Vec::new());
            for (row, end) in leaving.iter().zip(ends) {
                match end? {
                    Ended::Row(_) => gone.push(row.id),
                    Ended::Nothing => {}
                    // The session was just refreshed, so another one may have to end.
                    Ended::Changed => changed = true,
                }
            }
            self.tidy(&session.userid, "0", &gone).await;
            ended.append(&mut gone);
            if !changed {
                return Ok(ended);
            }
        }
        Err(StoreError::new("the sessions of one user are refreshed faster than one of them can be ended"))
    }

    pub(super) async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.read(id, "session").await
    }

    /// The trace of a reuse.
    pub(super) async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.read(id, "reuse").await
    }

    async fn read(&self, id: SessionId, what: &str) -> Result<Option<SessionRecord>, StoreError> {
        let fields: Vec<Vec<u8>> = self.link.run(&scripts::GET, &self.row(id), &[what]).await?;
        record(id, &fields)
    }

    pub(super) async fn confirm(
        &self,
        id: SessionId,
        userid: &str,
        now: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let arguments = [userid, &number(now)];
        let fields: Vec<Vec<u8>> = self.link.run(&scripts::CONFIRM, &self.row(id), &arguments).await?;
        record(id, &fields)
    }

    pub(super) async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        let arguments = [number(generation), number(now)];
        self.link.run::<u64>(&scripts::PROVE, &self.row(id), &arguments).await.map(drop)
    }

    pub(super) async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.link.run::<u64>(&scripts::FORGET, &self.row(id), &[""; 0]).await.map(drop)
    }

    /// Removes a session's row if it has the given generation. Without one, it removes the row in any case.
    pub(super) async fn end(&self, id: SessionId, generation: Option<u64>) -> Result<Ended, StoreError> {
        let expected = generation.map(number).unwrap_or_default();
        let answer: Vec<Vec<u8>> = self.link.run(&scripts::END, &self.row(id), &[expected]).await?;
        match answer.split_first() {
            None => Ok(Ended::Nothing),
            Some((answer, [])) if answer == b"C" => Ok(Ended::Changed),
            Some((_, fields)) => {
                row::read(id, fields).map(|record| Ended::Row(Box::new(record))).map_err(|_| nonsense())
            }
        }
    }

    /// The ids in the index of a user, in the order of their entry.
    pub(super) async fn index(&self, userid: &str) -> Result<Vec<SessionId>, StoreError> {
        let mut range = redis::cmd("ZRANGE");
        range.arg(self.user(userid)).arg(0).arg(-1);
        let ids: Vec<String> = self.link.ask(&range).await?;
        ids.iter().map(|id| id.parse().map_err(|_| nonsense())).collect()
    }

    /// The sessions of a user in the order in which they began, and the ids without a row.
    pub(super) async fn rows(&self, userid: &str) -> Result<(Vec<SessionRecord>, Vec<SessionId>), StoreError> {
        let ids = self.index(userid).await?;
        let (mut rows, mut missing) = (Vec::new(), Vec::new());
        // The commands are sent together, to the server or to each node.
        for (id, row) in ids.iter().zip(join_all(ids.iter().map(|id| self.get(*id))).await) {
            match row? {
                Some(row) if row.userid == userid => rows.push(row),
                Some(_) => return Err(nonsense()),
                None => missing.push(*id),
            }
        }
        Ok((rows, missing))
    }

    /// Removes ids without rows from an index. If this fails, they are removed later.
    pub(super) async fn tidy(&self, userid: &str, age: &str, ids: &[SessionId]) {
        if ids.is_empty() {
            return;
        }
        let mut arguments = vec![age.to_owned()];
        arguments.extend(ids.iter().map(SessionId::to_string));
        let _ = self.link.run::<u64>(&scripts::TIDY, &self.user(userid), &arguments).await;
    }
}

/// Reads the row in an answer. `None` if the answer is empty, because there is no such row.
fn record(id: SessionId, fields: &[Vec<u8>]) -> Result<Option<SessionRecord>, StoreError> {
    if fields.is_empty() {
        return Ok(None);
    }
    row::read(id, fields).map(Some).map_err(|_| nonsense())
}

pub(super) fn kept_until(ends_at: u64) -> u64 {
    ends_at.saturating_add(SessionRecord::KEPT)
}

/// The time for which an idle session continues. It is at least a day, so that the indexes of short sessions are not
/// extended all the time.
fn idle(ends_at: u64, now: u64) -> u64 {
    ends_at.saturating_sub(now).max(SessionRecord::KEPT)
}

/// The time until which an index is made to last for a session. An active session extends its index only once in its
/// idle time, and one failure to extend it does no harm.
fn index_lasts(ends_at: u64, now: u64) -> u64 {
    index_needed(ends_at, now).saturating_add(idle(ends_at, now))
}

/// If an index lasts less long than this, it is extended.
pub(super) fn index_needed(ends_at: u64, now: u64) -> u64 {
    kept_until(ends_at).saturating_add(idle(ends_at, now))
}

/// The seconds between the two times. Redis uses its own clock for expiration, which may differ from the application's
/// clock. So it gets a duration and not a time.
pub(super) fn ttl(until: u64, now: u64) -> u64 {
    until.saturating_sub(now).clamp(1, LONGEST)
}

pub(super) fn nonsense() -> StoreError {
    StoreError::new("Redis has something under the name of a session that is none")
}
