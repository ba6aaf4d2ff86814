mod connections;
mod explain;
mod pooler;
mod schema;
mod statements;
mod table;
mod tls;
mod unnamed;
mod url;

use std::fmt;
use std::num::NonZeroU32;

use tokio_postgres::Row;

use self::connections::Connections;
use self::statements::Statements;
pub(super) use self::url::PostgresUrl;
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError};

/// Sessions in PostgreSQL (14 or newer): `postgres://…` or `postgresql://…`, with the feature `session-postgres`. Any
/// number of processes and machines can share one table.
///
/// ```text
/// postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE&…
/// ```
///
/// Characters with a meaning in a URL are percent-encoded: an `@` in the password is `%40`. Several hosts are separated
/// by commas. The one that allows writing is used. The directory of the server's Unix socket can be a host too:
/// `postgres://%2Frun%2Fpostgresql/DATABASE`.
///
/// | parameter | default | meaning |
/// |---|---|---|
/// | `table` | `jwtauth_sessions` | the table, `NAME` or `SCHEMA.NAME`, in lower-case letters, digits and `_`; it is created if it is missing |
/// | `sslmode` | see below | `disable`, or `verify-full`; `require` and `verify-ca` mean the same as `verify-full` |
/// | `sslrootcert` | `system` | a file of certificates (PEM) which the server's must come from, in place of the system's |
/// | `max_connections` | 10 | how many connections this process has at most, 1 to 1000 |
/// | `connect_timeout` | 3 | for how many seconds a connection is waited for, 1 to 60 |
/// | `statement_timeout` | 3 | for how many seconds an answer is waited for, 1 to 60 |
///
/// The connection parameters of `libpq` (`application_name`, `channel_binding`, `hostaddr`, `keepalives_idle`,
/// `options`, `sslnegotiation`, `tcp_user_timeout` and similar ones) have their usual meaning.
///
/// # TLS
///
/// An attacker who can impersonate the server can decide which sessions are active. So without `sslmode`, the server
/// must have a certificate for its name that the system trusts (`verify-full`), unless it is on this machine: a Unix
/// socket, `localhost`, `127.0.0.1`, `::1`. Encryption without verification does not protect against such an attacker,
/// so it is not supported: `require` verifies the certificate as well. `prefer` and `allow` are refused, because an
/// attacker between client and server can disable TLS with them. In a private network, set `sslmode=disable`.
///
/// # The server
///
/// The launch runs each statement once, on a session that does not exist, so that it finds missing privileges. The role
/// needs the privileges `SELECT`, `INSERT`, `UPDATE` and `DELETE`. If the table does not exist, it also needs the
/// privilege to create it. If the table is from an earlier version and lacks columns, the launch adds them. The role
/// must own the table for this. Otherwise a launch error names the missing columns. Additional columns are allowed if
/// an `INSERT` may omit them. A table of this name that is not a session table is a launch error. The setting
/// `synchronous_commit` of the server determines the durability. A refresh is one statement and one round trip, and
/// changes no indexed column. Replicas are not used. User ids, labels and carried data are `bytea`, because
/// PostgreSQL's `text` can't store every text: `convert_from(userid, 'UTF8')` reads them.
///
/// PgBouncer is supported in session or transaction mode, with `ignore_startup_parameters = options`. Statements then
/// have only the timeout of this process. The isolation level of the role must be the default, `read committed`. The
/// launch checks this. The launch also detects a pooler. Statements are not prepared then, so the server plans each of
/// them anew. Statement mode is refused.
///
/// ```no_run
/// use jwtauth::{JwtAuth, PostgresStore};
///
/// # async fn connect() -> Result<(), jwtauth::StoreError> {
/// // What `url = "postgres://…"` in the settings does.
/// let store = PostgresStore::open("postgres://app@localhost/app").await?;
/// let fairing = JwtAuth::fairing().session_store(store);
/// # Ok(())
/// # }
/// ```
pub struct PostgresStore {
    connections: Connections,
    statements: Statements,
}

impl PostgresStore {
    /// Connects, and creates the table or adds missing columns. If several processes start at once, this is done once.
    ///
    /// # Errors
    ///
    /// If the URL is not a PostgreSQL URL, the server can't be reached or refuses the login, or the table is not a
    /// session table. The error contains neither the URL nor the password.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        PostgresStore::at(&PostgresUrl::parse(url)?).await
    }

    pub(super) async fn at(url: &PostgresUrl) -> Result<Self, StoreError> {
        let shared = schema::ensure(url).await?;
        let statements = Statements::new(&url.table);
        let connections = Connections::new(url, (!shared).then(|| statements.advance.clone()), 1)?;
        let store = PostgresStore { connections, statements };
        store.check().await?;
        Ok(store)
    }

    /// Runs each statement that changes no row if there is no such session.
    async fn check(&self) -> Result<(), StoreError> {
        let id = SessionId::random().map_err(StoreError::new)?;
        let userid = format!("launch {id}");
        self.advance(id, RefreshStep { generation: 0, now: 0, grace: 0, ends_at: 0, key_id: [0; 16] }).await?;
        self.prove(id, 0, 0).await?;
        self.confirm(id, &userid, 0).await?;
        self.get(id).await?;
        self.end(id).await?;
        self.find_reuse(id).await?;
        self.forget_reuse(id).await?;
        self.list(&userid, 0).await?;
        self.end_all(&userid, None).await?;
        // The same statement as for a login with a limit.
        let id = id.as_bytes().as_slice();
        self.connections.query_alone(self.statements.lock_of(&userid), &self.statements.get, &[&id]).await?;
        self.connections.query(&self.statements.blocks, &[]).await?;
        let nowhere = "(0,0)";
        self.connections.query(&self.statements.purge, &[&nowhere, &nowhere, &0_i64]).await.map(drop)
    }
}

#[rocket::async_trait]
impl SessionStore for PostgresStore {
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let id = session.id.as_bytes().as_slice();
        let userid = session.userid.as_bytes();
        let generation = number(session.generation)?;
        let (created, refreshed) = (number(session.created)?, number(session.refreshed)?);
        let ends_at = number(session.ends_at)?;
        let nonce_digest = session.nonce_digest.as_ref().map(|digest| digest.as_slice());
        let label = session.label.as_bytes();
        let key_id = session.key_id.as_ref().map(|key_id| key_id.as_slice());
        let reused = session.reused;
        let (proven, proven_at) = (number(session.proven)?, number(session.proven_at)?);
        let previous = session.previous.map(number).transpose()?;
        let carried = session.carried.as_ref().map(String::as_bytes);
        let auth_time = number(session.auth_time)?;
        let Some(max) = max_per_user else {
            self.connections
                .query(
                    &self.statements.create,
                    &[
                        &id,
                        &userid,
                        &generation,
                        &created,
                        &refreshed,
                        &ends_at,
                        &nonce_digest,
                        &label,
                        &key_id,
                        &reused,
                        &proven,
                        &proven_at,
                        &previous,
                        &carried,
                        &auth_time,
                    ],
                )
                .await?;
            return Ok(Vec::new());
        };
        let others = i64::from(max.get() - 1);
        let rows = self
            .connections
            .query_alone(
                self.statements.lock_of(&session.userid),
                &self.statements.create_within,
                &[
                    &id,
                    &userid,
                    &generation,
                    &created,
                    &refreshed,
                    &ends_at,
                    &nonce_digest,
                    &label,
                    &key_id,
                    &reused,
                    &proven,
                    &proven_at,
                    &previous,
                    &carried,
                    &auth_time,
                    &others,
                ],
            )
            .await?;
        rows.iter().map(id_of).collect()
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        // A generation that is too large for a row is `NULL` in SQL, which is equal to no other.
        let generation = i64::try_from(step.generation).ok();
        let (now, ends_at) = (number(step.now)?, number(step.ends_at)?);
        // Two times in the range of `i64` are never further apart.
        let grace = i64::try_from(step.grace).unwrap_or(i64::MAX);
        let rows = self
            .connections
            .query(
                &self.statements.advance,
                &[&id.as_bytes().as_slice(), &generation, &now, &grace, &ends_at, &step.key_id.as_slice()],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(RefreshOutcome::Unknown);
        };
        match column::<&str>(row, 0)? {
            "next" => Ok(RefreshOutcome::Next { generation: natural(row, 1)?.saturating_add(1) }),
            "repeated" => Ok(RefreshOutcome::Repeated { generation: natural(row, 1)?, ends_at: natural(row, 2)? }),
            "refused" => Ok(RefreshOutcome::Refused),
            "reused" => Ok(RefreshOutcome::Reused),
            "other key" => Ok(RefreshOutcome::OtherKey),
            "expired" => Ok(RefreshOutcome::Expired),
            _ => Err(StoreError::new("PostgreSQL gave an answer that there is not")),
        }
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        let (generation, now) = (number(generation)?, number(now)?);
        let id = id.as_bytes().as_slice();
        self.connections.query(&self.statements.prove, &[&id, &generation, &now]).await.map(drop)
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        let (id, userid, now) = (id.as_bytes().as_slice(), userid.as_bytes(), number(now)?);
        let rows = self.connections.query(&self.statements.confirm, &[&id, &userid, &now]).await?;
        rows.first().map(record).transpose()
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let rows = self.connections.query(&self.statements.find_reuse, &[&id.as_bytes().as_slice()]).await?;
        rows.first().map(record).transpose()
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.connections.query(&self.statements.forget_reuse, &[&id.as_bytes().as_slice()]).await.map(drop)
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let rows = self.connections.query(&self.statements.get, &[&id.as_bytes().as_slice()]).await?;
        rows.first().map(record).transpose()
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let rows = self.connections.query(&self.statements.end, &[&id.as_bytes().as_slice()]).await?;
        rows.first().map(record).transpose()
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let except = except.as_ref().map(|id| id.as_bytes().as_slice());
        let rows = self.connections.query(&self.statements.end_all, &[&userid.as_bytes(), &except]).await?;
        rows.iter().map(record).collect()
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = self.connections.query(&self.statements.list, &[&userid.as_bytes(), &number(now)?]).await?;
        rows.iter().map(record).collect()
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        let Some(ended_by) = now.checked_sub(SessionRecord::KEPT) else {
            return Ok(0);
        };
        let ended_by = number(ended_by)?;
        let rows = self.connections.query(&self.statements.blocks, &[]).await?;
        let blocks = rows.first().map_or(Ok(0), |row| natural(row, 0))?;
        let mut forgotten = 0;
        for first in (0..blocks).step_by(Statements::BLOCKS_AT_ONCE as usize) {
            // Other callers can get a connection in between.
            let (from, to) = (format!("({first},0)"), format!("({},0)", first + Statements::BLOCKS_AT_ONCE));
            let rows = self.connections.query(&self.statements.purge, &[&from, &to, &ended_by]).await?;
            forgotten += rows.first().map_or(Ok(0), |row| natural(row, 0))?;
        }
        Ok(forgotten)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}

/// A number as a PostgreSQL integer.
fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::new(format!("{number} is more than a bigint of PostgreSQL holds")))
}

fn natural(row: &Row, index: usize) -> Result<u64, StoreError> {
    u64::try_from(column::<i64>(row, index)?).map_err(|_| nonsense(row, index))
}

fn text(row: &Row, index: usize) -> Result<String, StoreError> {
    String::from_utf8(column(row, index)?).map_err(|_| nonsense(row, index))
}

fn id_of(row: &Row) -> Result<SessionId, StoreError> {
    let id = column::<&[u8]>(row, 0)?.try_into().map_err(|_| nonsense(row, 0))?;
    Ok(SessionId::from_bytes(id))
}

/// Reads a row with [`statements::COLUMNS`].
fn record(row: &Row) -> Result<SessionRecord, StoreError> {
    let mut record = SessionRecord::new(id_of(row)?, text(row, 1)?, natural(row, 3)?, natural(row, 5)?);
    record.generation = natural(row, 2)?;
    record.refreshed = natural(row, 4)?;
    record.nonce_digest = bytes(row, 6)?;
    // In a row that is older than the column, the value is missing.
    record.label = optional_text(row, 7)?.unwrap_or_default();
    record.key_id = bytes(row, 8)?;
    record.reused = column::<Option<bool>>(row, 9)?.unwrap_or(false);
    match (optional_natural(row, 10)?, optional_natural(row, 11)?) {
        (Some(proven), Some(proven_at)) => {
            (record.proven, record.proven_at, record.previous) = (proven, proven_at, optional_natural(row, 12)?);
        }
        (None, None) => record.assume_proof(),
        (None, _) => return Err(nonsense(row, 10)),
        (_, None) => return Err(nonsense(row, 11)),
    }
    record.carried = optional_text(row, 13)?;
    record.auth_time = optional_natural(row, 14)?.unwrap_or(record.created);
    Ok(record)
}

fn optional_natural(row: &Row, index: usize) -> Result<Option<u64>, StoreError> {
    column::<Option<i64>>(row, index)?.map(|_| natural(row, index)).transpose()
}

fn optional_text(row: &Row, index: usize) -> Result<Option<String>, StoreError> {
    column::<Option<&[u8]>>(row, index)?.map(|_| text(row, index)).transpose()
}

fn bytes<const N: usize>(row: &Row, index: usize) -> Result<Option<[u8; N]>, StoreError> {
    column::<Option<&[u8]>>(row, index)?.map(|bytes| bytes.try_into().map_err(|_| nonsense(row, index))).transpose()
}

fn column<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, index: usize) -> Result<T, StoreError> {
    row.try_get(index).map_err(StoreError::new)
}

fn nonsense(row: &Row, index: usize) -> StoreError {
    let name = row.columns().get(index).map_or("?", |column| column.name());
    StoreError::new(format!("a row in PostgreSQL makes no sense: its `{name}` is nothing that was written there"))
}
