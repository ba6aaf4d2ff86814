//! # How sessions lie in Redis
//!
//! - `<prefix>session:<id>`: a hash, the row of a session ([`row`]). It is the session: there is one exactly as
//!   long as there is this key. After reuse it stays for a day as the trace of it, marked as `reused`, and is no session
//!   any more: every script but those of the trace passes over it.
//! - `<prefix>user:<SHA-256 of the user id>`: a sorted set, the index: the ids of a user's sessions, by when they were
//!   entered. User ids have any length and any bytes, names of keys should not.
//!
//! Every script and every command is over **one** key, so on a cluster each step is in one slot, whichever it is, and
//! sessions spread over all nodes. `advance` and `get` know only the id, and need only the row: one round trip. What
//! is over a user's sessions goes from the index to the rows, in several steps, and holds to this:
//!
//! 1. *A session stands in its user's index for as long as there is its row.* It is entered before its row is written,
//!    and taken out after its row has gone; and it is never kept for longer than its index is (`indexed` in the row).
//!    Once in a while a step finds that the index should last longer, and sees to it afterwards.
//! 2. *An id in an index means nothing by itself.* Only its row says that there is a session. An id without a row is
//!    one whose session is over, or is only just beginning: the latter for seconds, so it is taken out after minutes.
//! 3. *An end is the removal of the row*, and whoever removed it answers for it.
//!
//! So `end_all` finds every session that began before it, and one that begins meanwhile comes after it. How a limit
//! holds for logins at once: [`Sessions::enforce`](sessions::Sessions::enforce).
//!
//! The name of each step is written into the row: a command that is sent twice, because a connection broke before
//! the answer came, is done once.

mod cluster;
mod connection;
mod eviction;
mod explain;
mod greeting;
mod launch;
mod link;
mod row;
mod scripts;
mod sentinel;
mod sessions;
mod url;

use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;

use rocket::futures::future::join_all;
use rocket::tokio;

use self::link::Link;
use self::row::number;
use self::sessions::{BEGINNING, Ended, Sessions, index_needed, kept_until, nonsense, ttl};
pub(super) use self::url::RedisUrl;
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError};

/// Sessions in a Redis (6 or newer) or a Valkey, on one server, on a primary that Sentinels watch, or on a cluster, with
/// the feature `session-redis`. Any number of processes on any number of machines share it.
///
/// # The URL
///
/// ```text
/// redis[s]://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE][?PARAMETER=VALUE&…]
/// redis[s]-sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE]?master=NAME[&PARAMETER=VALUE…]
/// ```
///
/// `rediss:` and `rediss-sentinel:` are with TLS. After `redis:`, several hosts are nodes of one cluster, of which one has
/// to be there at the launch; whether it is a cluster, the server says itself. After `redis-sentinel:`, the hosts are
/// Sentinels (port 26379), and the login is that of the servers. In user name, password and values, what has a meaning in
/// a URL is written with percent signs: `/` as `%2F`.
///
/// | parameter | default | |
/// |---|---|---|
/// | `prefix` | `jwtauth:` | what the names of all keys begin with: one for each application that shares a server |
/// | `ca` | the system's | with TLS: a file, in PEM, with the certificates of the authorities that are trusted |
/// | `cert`, `key` | none | with TLS: files, in PEM, with a certificate for this client and its key |
/// | `master` | none | with Sentinels: the name of the primary that they watch |
/// | `sentinel_user`, `sentinel_password` | none | with Sentinels: their own login |
///
/// In the settings, relative paths begin in the folder of the file that contains the setting.
///
/// # What to know
///
/// - To step from one refresh token to the next, and to look at a session, is one round trip each.
/// - What was answered has been done in the server's memory. How much of it outlives a crash is the server's to say
///   (`appendonly`); when a replica takes over, the last moments may be lost. A session that is lost is unknown: its user
///   logs in again.
/// - Keys expire by themselves, a day after their session is over. Set `maxmemory-policy noeviction`: a server that
///   throws out what has not expired ends sessions, and may lose the list of a user's sessions.
/// - A connection that breaks is made anew. While there is none, everything is an error, within seconds.
/// - Only a primary is used. Each new connection is checked, and reads check the server in the same round trip. If the
///   server has become a replica, everything is an error until there is a primary.
/// - TLS uses a provider of its own. The provider of the process is neither used nor set.
/// - A user of its own needs, on `~jwtauth:*`, the commands `get`, `hgetall`, `hset`, `del`, `ttl`, `expire`, `time`,
///   `zadd`, `zrange`, `zrevrange`, `zrem`, `zscore`, `eval`, `evalsha` and `hello`; `select` for a database other than
///   0; on a cluster `cluster` and `ping` too. The launch checks them. With `info`, it also warns of an eviction policy
///   that may drop sessions.
///
/// ```no_run
/// use jwtauth::{JwtAuth, RedisStore};
///
/// # rocket::execute(async {
/// let store = RedisStore::open("redis://127.0.0.1/?prefix=shop:").await?;
/// let fairing = JwtAuth::fairing().session_store(store);
/// # Ok::<(), jwtauth::StoreError>(())
/// # }).unwrap();
/// ```
pub struct RedisStore {
    sessions: Arc<Sessions>,
}

impl RedisStore {
    /// Connects to the server, or cluster, that a URL names, and checks that sessions can be kept there: that it is a
    /// primary, and that the user has all rights. Relative paths in the URL begin in the working directory.
    ///
    /// # Errors
    ///
    /// If the URL makes no sense; if there is no server, if it refuses the login, or is something else; if a right is
    /// missing. The causes say what and what to do, and never contain the password.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::connect(&RedisUrl::parse(url)?).await
    }

    pub(super) async fn connect(url: &RedisUrl) -> Result<Self, StoreError> {
        let prefix = url.prefix.clone();
        let link = Link::open(url.clone()).await?;
        let store = RedisStore { sessions: Arc::new(Sessions::new(link, prefix)?) };
        store.check().await?;
        Ok(store)
    }

    /// Does what the store does later, on a session that does not exist.
    async fn check(&self) -> Result<(), StoreError> {
        let id = SessionId::random().map_err(StoreError::new)?;
        let userid = format!("launch {id}");
        launch::check_rights(&self.sessions, [self.sessions.row(id), self.sessions.user(&userid)]).await?;
        self.get(id).await?;
        self.advance(id, RefreshStep { generation: 0, now: 0, grace: 0, ends_at: 0, key_id: [0; 16] }).await?;
        self.prove(id, 0, 0).await?;
        self.end(id).await?;
        self.find_reuse(id).await?;
        self.forget_reuse(id).await?;
        self.list(&userid, 0).await?;
        self.end_all(&userid, None).await.map(drop)
    }

    /// Does all of the work of several steps, also if whoever waits for it goes away.
    async fn whole<T, F>(&self, work: impl FnOnce(Arc<Sessions>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        tokio::spawn(work(Arc::clone(&self.sessions))).await.map_err(StoreError::new)?
    }

    /// Does something that nobody waits for.
    fn afterwards<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Arc<Sessions>) -> F) {
        tokio::spawn(work(Arc::clone(&self.sessions)));
    }

    fn tidy_afterwards(&self, userid: String, gone: SessionId) {
        self.afterwards(|sessions| async move { sessions.tidy(&userid, "0", &[gone]).await });
    }
}

#[rocket::async_trait]
impl SessionStore for RedisStore {
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let session = session.clone();
        self.whole(|sessions| async move {
            sessions.begin(&session).await?;
            match max_per_user {
                Some(max) => sessions.enforce(&session, max).await,
                None => Ok(Vec::new()),
            }
        })
        .await
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        let (first, last) = match step.grace {
            // No time is after the last one and before the first.
            0 => (number(u64::MAX), number(0)),
            grace => (number(step.now.saturating_sub(grace)), number(step.now.saturating_add(grace))),
        };
        let name = self.sessions.name_of_step();
        let arguments = [
            number(step.generation),
            number(step.now),
            first,
            last,
            number(step.ends_at),
            ttl(kept_until(step.ends_at), step.now).to_string(),
            name,
            number(index_needed(step.ends_at, step.now)),
            row::hex(&step.key_id),
            SessionRecord::KEPT.to_string(),
        ];
        let answer: Vec<Vec<u8>> =
            self.sessions.link.run(&scripts::ADVANCE, &self.sessions.row(id), &arguments).await?;
        let answer: Vec<&[u8]> = answer.iter().map(Vec::as_slice).collect();
        match *answer {
            [b"U"] => Ok(RefreshOutcome::Unknown),
            [b"K"] => Ok(RefreshOutcome::OtherKey),
            [b"E"] => Ok(RefreshOutcome::Expired),
            [b"N", generation] => Ok(RefreshOutcome::Next { generation: natural(generation)? }),
            [b"R", generation, ends_at] => {
                Ok(RefreshOutcome::Repeated { generation: natural(generation)?, ends_at: natural(ends_at)? })
            }
            [b"F"] => Ok(RefreshOutcome::Refused),
            [b"I", generation, userid] => {
                if let Ok(userid) = String::from_utf8(userid.to_vec()) {
                    self.afterwards(|sessions| async move {
                        sessions.keep_index(id, &userid, step.ends_at, step.now).await;
                    });
                }
                Ok(RefreshOutcome::Next { generation: natural(generation)? })
            }
            [b"X", userid] => {
                if let Ok(userid) = String::from_utf8(userid.to_vec()) {
                    self.tidy_afterwards(userid, id);
                }
                Ok(RefreshOutcome::Reused)
            }
            _ => Err(nonsense()),
        }
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        self.sessions.prove(id, generation, now).await
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.sessions.find_reuse(id).await
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.sessions.forget_reuse(id).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.sessions.get(id).await
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        match self.sessions.end(id, None).await? {
            Ended::Row(row) => {
                self.tidy_afterwards(row.userid.clone(), id);
                Ok(Some(*row))
            }
            Ended::Nothing | Ended::Changed => Ok(None),
        }
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let userid = userid.to_owned();
        self.whole(|sessions| async move {
            let mut ids = sessions.index(&userid).await?;
            ids.retain(|id| Some(*id) != except);
            let (mut ended, mut gone, mut missing, mut failure) = (Vec::new(), Vec::new(), Vec::new(), None);
            for (id, end) in ids.iter().zip(join_all(ids.iter().map(|id| sessions.end(*id, None))).await) {
                match end {
                    Ok(Ended::Row(row)) => {
                        gone.push(*id);
                        ended.push(*row);
                    }
                    Ok(_) => missing.push(*id),
                    Err(error) => failure = Some(error),
                }
            }
            sessions.tidy(&userid, "0", &gone).await;
            sessions.tidy(&userid, BEGINNING, &missing).await;
            failure.map_or(Ok(ended), Err)
        })
        .await
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let (rows, missing) = self.sessions.rows(userid).await?;
        if !missing.is_empty() {
            let userid = userid.to_owned();
            self.afterwards(|sessions| async move { sessions.tidy(&userid, BEGINNING, &missing).await });
        }
        Ok(rows.into_iter().filter(|session| session.is_alive(now)).collect())
    }

    /// Keys expire by themselves: there is nothing to do.
    async fn purge(&self, _now: u64) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// A number of an answer.
fn natural(digits: &[u8]) -> Result<u64, StoreError> {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(nonsense)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisStore").field(&self.sessions.link).field(&self.sessions.prefix).finish()
    }
}
