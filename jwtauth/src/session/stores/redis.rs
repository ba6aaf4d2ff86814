//! # The data in Redis
//!
//! - `<prefix>session:<id>`: a hash, the row of a session ([`row`]). The session exists exactly as long as this key.
//!   After reuse, the key stays for a day as the trace of the reuse, marked as `reused`. It is then no longer a
//!   session: only the scripts for traces use it, and all others ignore it.
//! - `<prefix>user:<SHA-256 of the user id>`: a sorted set, the index. It contains the ids of a user's sessions, sorted
//!   by the time at which they were entered. The user id is hashed because it can have any length and any bytes, which
//!   are unsuitable for names of keys.
//!
//! Every script and every command uses **one** key. On a cluster, each step is therefore in one slot, and sessions are
//! distributed over all nodes. `advance` and `get` have only the id and need only the row: one round trip. Operations
//! on all sessions of a user go from the index to the rows, in several steps. They rely on these rules:
//!
//! 1. *A session is in its user's index as long as its row exists.* It is entered before its row is written, and
//!    removed after its row is gone. The row is never kept longer than the index (`indexed` in the row). Occasionally a
//!    step finds that the index should last longer. The store then extends it after the step.
//! 2. *An id in an index means nothing by itself.* Only a row proves that there is a session. An id without a row
//!    belongs to a session that is over or is just beginning. A session begins within seconds, so such ids are removed
//!    after minutes.
//! 3. *The removal of the row ends the session.* The step that removes the row reports the end.
//!
//! So `end_all` finds every session that began before it. A session that begins meanwhile counts as later.
//! [`Sessions::enforce`](sessions::Sessions::enforce) describes how a limit works with concurrent logins.
//!
//! The name of each step is stored in the row. If a connection breaks before the answer arrives, the command is sent
//! again, but takes effect only once.

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

/// Sessions in Redis (6 or newer) or Valkey, on one server, on a primary that Sentinels watch, or on a cluster, with
/// the feature `session-redis`. Any number of processes on any number of machines can share it.
///
/// # The URL
///
/// ```text
/// redis[s]://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE][?PARAMETER=VALUE&…]
/// redis[s]-sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE]?master=NAME[&PARAMETER=VALUE…]
/// ```
///
/// `rediss:` and `rediss-sentinel:` use TLS. After `redis:`, several hosts are nodes of one cluster. At least one of
/// them must be available at launch. The server reports whether it belongs to a cluster. After `redis-sentinel:`,
/// the hosts are Sentinels (port 26379), and the login is that of the servers. In user name, password and values,
/// characters with a meaning in a URL are percent-encoded: `/` as `%2F`.
///
/// | parameter | default | |
/// |---|---|---|
/// | `prefix` | `jwtauth:` | what the names of all keys begin with: one for each application that shares a server |
/// | `ca` | the system's | with TLS: a file, in PEM, with the certificates of the authorities that are trusted |
/// | `cert`, `key` | none | with TLS: files, in PEM, with a certificate for this client and its key |
/// | `master` | none | with Sentinels: the name of the primary that they watch |
/// | `sentinel_user`, `sentinel_password` | none | with Sentinels: their own login |
///
/// In the settings, relative paths are relative to the folder of the file that contains the setting.
///
/// # What to know
///
/// - A refresh and a look-up of a session each take one round trip.
/// - A confirmed change is in the server's memory. The server's settings (`appendonly`) determine how much survives a
///   crash. When a replica takes over, the last changes may be lost. A lost session is unknown: its user logs in again.
/// - Keys expire by themselves, a day after their session is over. Set `maxmemory-policy noeviction`: a server that
///   evicts keys before they expire ends sessions, and may lose the list of a user's sessions.
/// - A broken connection is replaced. Until there is a new connection, every operation fails within seconds.
/// - Only a primary is used. Each new connection is checked, and reads check the server in the same round trip. If the
///   server has become a replica, every operation fails until there is a primary.
/// - TLS uses its own provider. The provider of the process is neither used nor set.
/// - A dedicated user needs, on `~jwtauth:*`, the commands `get`, `hgetall`, `hset`, `del`, `ttl`, `expire`, `time`,
///   `zadd`, `zrange`, `zrevrange`, `zrem`, `zscore`, `eval`, `evalsha` and `hello`. It needs `select` for a database
///   other than 0, and `cluster` and `ping` on a cluster. The launch checks them. With `info`, the launch also warns of
///   an eviction policy that may drop sessions.
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
    /// Connects to the server or cluster of a URL. Checks that sessions can be kept there: the server must be a
    /// primary, and the user must have all rights. Relative paths in the URL are relative to the working directory.
    ///
    /// # Errors
    ///
    /// If the URL is not valid; if there is no server, if it refuses the login, or is not Redis; if a right is missing.
    /// The source of the error contains the reason and the remedy, and never the password.
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

    /// Runs the operations of the store on a session that does not exist.
    async fn check(&self) -> Result<(), StoreError> {
        let id = SessionId::random().map_err(StoreError::new)?;
        let userid = format!("launch {id}");
        launch::check_rights(&self.sessions, [self.sessions.row(id), self.sessions.user(&userid)]).await?;
        self.get(id).await?;
        self.advance(id, RefreshStep { generation: 0, now: 0, grace: 0, ends_at: 0, key_id: [0; 16] }).await?;
        self.prove(id, 0, 0).await?;
        self.confirm(id, &userid, 0).await?;
        self.end(id).await?;
        self.find_reuse(id).await?;
        self.forget_reuse(id).await?;
        self.list(&userid, 0).await?;
        self.end_all(&userid, None).await.map(drop)
    }

    /// Runs all steps of an operation, even if the caller's future is dropped.
    async fn whole<T, F>(&self, work: impl FnOnce(Arc<Sessions>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        tokio::spawn(work(Arc::clone(&self.sessions))).await.map_err(StoreError::new)?
    }

    /// Runs work in the background.
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
            // With these bounds, no time is within the grace period.
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

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        self.sessions.confirm(id, userid, now).await
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

    /// Keys expire by themselves, so there is nothing to do.
    async fn purge(&self, _now: u64) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// Parses a number in an answer.
fn natural(digits: &[u8]) -> Result<u64, StoreError> {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(nonsense)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisStore").field(&self.sessions.link).field(&self.sessions.prefix).finish()
    }
}
