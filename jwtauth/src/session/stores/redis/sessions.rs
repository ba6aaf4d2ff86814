use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use rocket::futures::future::join_all;
use sha2::{Digest, Sha256};

use super::link::Link;
use super::row::number;
use super::{row, scripts};
use crate::claims::session_id::SessionId;
use crate::session::{SessionRecord, StoreError};

/// The keys of sessions, and the steps over them, one key each.
pub(super) struct Sessions {
    pub(super) link: Link,
    pub(super) prefix: String,
    /// The names of steps: from a random one on, so that no two processes use the same.
    steps: AtomicU64,
}

/// For how long, in microseconds, an id stands in an index without a row, before it is taken for one that is over. A
/// session that begins has its row within seconds, or nobody is told that it began.
pub(super) const BEGINNING: &str = "600000000";

/// The longest that a key is kept, in seconds: 136 years. So nothing overflows in the server.
const LONGEST: u64 = u32::MAX as u64;

/// How often a limit is enforced anew because a session was refreshed meanwhile.
const ATTEMPTS: usize = 16;

/// What came of ending a session.
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

    /// The name of the next step: no other has it.
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

    /// Enters a session into its index, or makes the index last longer, and answers until when it lasts.
    pub(super) async fn enter(&self, session: &SessionRecord, now: u64) -> Result<u64, StoreError> {
        self.enter_until(session.id, &session.userid, index_lasts(session.ends_at, now), now).await
    }

    async fn enter_until(&self, id: SessionId, userid: &str, until: u64, now: u64) -> Result<u64, StoreError> {
        let arguments = [id.to_string(), ttl(until, now).to_string()];
        self.link.run::<u64>(&scripts::ENTER, &self.user(userid), &arguments).await?;
        Ok(until)
    }

    /// Sees that the index of a session lasts as long as it may be needed. If that fails, the next step tries again.
    pub(super) async fn keep_index(&self, id: SessionId, userid: &str, ends_at: u64, now: u64) {
        if let Ok(until) = self.enter_until(id, userid, index_lasts(ends_at, now), now).await {
            let arguments = [number(until), number(now), number(SessionRecord::KEPT)];
            let _ = self.link.run::<u64>(&scripts::INDEXED, &self.row(id), &arguments).await;
        }
    }

    /// Ends as many of a user's sessions as are too many, after one has begun.
    ///
    /// The order in which sessions were entered into the index is the order in which they began. The last that began
    /// stays, and of the others those that were most recently refreshed. When several begin at once, none ends one that
    /// would stay in the end: whoever looks too early only sees fewer. And none relies on another to have written its
    /// row already: who writes last sees all rows.
    pub(super) async fn enforce(&self, session: &SessionRecord, max: NonZeroU32) -> Result<Vec<SessionId>, StoreError> {
        let others = usize::try_from(max.get() - 1).unwrap_or(usize::MAX);
        let mut ended = Vec::new();
        for _ in 0..ATTEMPTS {
            let (mut leaving, _) = self.rows(&session.userid).await?;
            leaving.retain(|row| row.is_alive(session.created));
            leaving.pop();
            // Stable: of two refreshed in one second the one that began first comes first.
            leaving.sort_by_key(|row| row.refreshed);
            leaving.truncate(leaving.len().saturating_sub(others));
            let ends = join_all(leaving.iter().map(|row| self.end(row.id, Some(row.generation)))).await;
            let (mut changed, mut gone) = (false, Vec::new());
            for (row, end) in leaving.iter().zip(ends) {
                match end? {
                    Ended::Row(_) => gone.push(row.id),
                    Ended::Nothing => {}
                    // Refreshed just now: it may be another's turn.
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
        if fields.is_empty() {
            return Ok(None);
        }
        row::read(id, &fields).map(Some).map_err(|_| nonsense())
    }

    pub(super) async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        let arguments = [number(generation), number(now)];
        self.link.run::<u64>(&scripts::PROVE, &self.row(id), &arguments).await.map(drop)
    }

    pub(super) async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.link.run::<u64>(&scripts::FORGET, &self.row(id), &[""; 0]).await.map(drop)
    }

    /// Removes a session's row, if it has the generation that it must have; any, if nothing is said.
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

    /// The ids in the index of a user, in the order in which they were entered.
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
        // They go to the server together, or to each node.
        for (id, row) in ids.iter().zip(join_all(ids.iter().map(|id| self.get(*id))).await) {
            match row? {
                Some(row) if row.userid == userid => rows.push(row),
                Some(_) => return Err(nonsense()),
                None => missing.push(*id),
            }
        }
        Ok((rows, missing))
    }

    /// Takes ids out of an index, whose rows have gone. If that fails they are taken out another time.
    pub(super) async fn tidy(&self, userid: &str, age: &str, ids: &[SessionId]) {
        if ids.is_empty() {
            return;
        }
        let mut arguments = vec![age.to_owned()];
        arguments.extend(ids.iter().map(SessionId::to_string));
        let _ = self.link.run::<u64>(&scripts::TIDY, &self.user(userid), &arguments).await;
    }
}

pub(super) fn kept_until(ends_at: u64) -> u64 {
    ends_at.saturating_add(SessionRecord::KEPT)
}

/// For how long an idle session goes on; at least a day, so that indices of short ones are not seen to all the time.
fn idle(ends_at: u64, now: u64) -> u64 {
    ends_at.saturating_sub(now).max(SessionRecord::KEPT)
}

/// Until when an index is made to last for a session: long enough that a session that goes on has it made longer only
/// once in its idle time, and that it does no harm if that fails once.
fn index_lasts(ends_at: u64, now: u64) -> u64 {
    index_needed(ends_at, now).saturating_add(idle(ends_at, now))
}

/// If an index does not last until then, it is made to last longer.
pub(super) fn index_needed(ends_at: u64, now: u64) -> u64 {
    kept_until(ends_at).saturating_add(idle(ends_at, now))
}

/// The seconds from now until then. Redis forgets a key by its own clock, so it is told how long, and not when: the
/// application's clock may be another.
pub(super) fn ttl(until: u64, now: u64) -> u64 {
    until.saturating_sub(now).clamp(1, LONGEST)
}

pub(super) fn nonsense() -> StoreError {
    StoreError::new("Redis has something under the name of a session that is none")
}
