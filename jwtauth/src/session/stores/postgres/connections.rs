use std::time::Duration;

use deadpool_postgres::{
    GenericClient, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use rocket::tokio::time::{Instant, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, IsolationLevel, NoTls, Row};

use super::explain::explain;
use super::unnamed;
use super::unnamed::Parameters;
use super::url::PostgresUrl;
use crate::session::StoreError;
use crate::session::stores::fault::StoreFault;

/// The connections of this process. Each call takes a connection for as long as it needs it, at most until its
/// deadline.
pub(super) struct Connections {
    pool: Pool,
    /// Whether statements are prepared under a name, once for each connection.
    named: bool,
    connect: Duration,
    statement: Duration,
}

/// The maximum number of attempts for a statement that the server rolls back because of a conflict.
const TRIES: u32 = 4;

/// The extra time to wait for the server's own timeout error.
const GRACE: Duration = Duration::from_millis(500);

impl Connections {
    /// Connections are made later. Each new connection prepares the given statement. Without it, no statements are
    /// prepared.
    pub(super) fn new(url: &PostgresUrl, prepared: Option<String>, at_least: usize) -> Result<Self, StoreError> {
        // A connection that is known to be closed is replaced. A check of each connection would cost one more round
        // trip.
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match url.tls.connector()? {
            Some(tls) => Manager::from_config(url.config.clone(), tls, how),
            None => Manager::from_config(url.config.clone(), NoTls, how),
        };
        let mut pool = Pool::builder(manager)
            .max_size(url.max_connections.max(at_least))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(url.connect))
            .create_timeout(Some(url.connect))
            // The connection that was returned last is used first. A dropped future may have left a statement running
            // on it. The next statement runs after that one.
            .queue_mode(deadpool_postgres::QueueMode::Lifo);
        let named = prepared.is_some();
        if let Some(prepared) = prepared {
            pool = pool.post_create(Hook::async_fn(move |client, _| {
                let prepared = prepared.clone();
                Box::pin(async move { client.prepare_cached(&prepared).await.map(drop).map_err(HookError::Backend) })
            }));
        }
        let pool = pool.build().map_err(StoreError::new)?;
        Ok(Connections { pool, named, connect: url.connect, statement: url.statement })
    }

    /// Runs a statement.
    pub(super) async fn query(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        self.until_done(None, sql, parameters).await
    }

    /// Runs a statement while it holds the lock.
    pub(super) async fn query_alone(
        &self,
        lock: i64,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.until_done(Some(lock), sql, parameters).await
    }

    /// The latest time for the answer to a call that starts now.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.connect + self.statement + GRACE
    }

    /// A connection for exclusive use.
    pub(super) async fn client(&self, deadline: Instant) -> Result<Object, StoreError> {
        let seconds = self.connect.as_secs();
        let taken = timeout_at(deadline, self.pool.get()).await.map_err(|_| self.mute())?;
        taken.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => StoreFault::new(
                format!("no connection to PostgreSQL was free for {seconds} s"),
                "raise `max_connections` in the URL, or find out what makes the server slow",
            )
            .into(),
            PoolError::Timeout(_) => StoreFault::new(
                format!("PostgreSQL did not accept a connection within {seconds} s"),
                "check host, port and firewall, or raise `connect_timeout`",
            )
            .into(),
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => failed(error),
            PoolError::PostCreateHook(_) | PoolError::Closed | PoolError::NoRuntimeSpecified => {
                StoreError::new("the connections to PostgreSQL have been closed")
            }
        })
    }

    pub(super) fn statement_timeout(&self) -> Duration {
        self.statement
    }

    pub(super) fn mute(&self) -> StoreError {
        let problem = format!("PostgreSQL did not answer within {} s", self.statement.as_secs());
        StoreFault::new(problem, "find out what makes it slow, or raise `statement_timeout`").into()
    }

    async fn until_done(
        &self,
        lock: Option<i64>,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let deadline = self.deadline();
        let mut tries = 1;
        loop {
            let mut client = self.client(deadline).await?;
            let until = deadline.min(Instant::now() + self.statement + GRACE);
            let error = match timeout_at(until, once(&mut client, self.named, lock, sql, parameters)).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) => error,
                Err(_) => {
                    drop(Object::take(client));
                    return Err(self.mute());
                }
            };
            let code = error.code();
            let undone =
                code == Some(&SqlState::T_R_DEADLOCK_DETECTED) || code == Some(&SqlState::T_R_SERIALIZATION_FAILURE);
            if undone && tries < TRIES {
                tries += 1;
                continue;
            }
            // After these errors, the connection can be used again. After any other error, its state is unknown.
            if !undone && code != Some(&SqlState::UNIQUE_VIOLATION) && code != Some(&SqlState::QUERY_CANCELED) {
                drop(Object::take(client));
            }
            // The server is no longer the primary. Its connections must not be used, not even for reads.
            if code == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                self.pool.retain(|_, _| false);
            }
            return Err(failed(error));
        }
    }
}

/// One attempt. If the future is dropped, the connection completes or rolls back its statement before the next one. The
/// driver runs in its own task and sends the statements in order.
async fn once(
    client: &mut Object,
    named: bool,
    lock: Option<i64>,
    sql: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, Error> {
    let Some(lock) = lock else {
        if !named {
            return unnamed::query(&***client, sql, parameters).await;
        }
        let statement = client.prepare_cached(sql).await?;
        return client.query(&statement, parameters).await;
    };
    let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    // The lock is taken in a separate statement, because the snapshot of the next statement must be newer than the
    // lock.
    let locking = "SELECT pg_advisory_xact_lock($1)";
    if !named {
        unnamed::query(&*transaction, locking, &[&lock]).await?;
        let rows = unnamed::query(&*transaction, sql, parameters).await?;
        transaction.commit().await?;
        return Ok(rows);
    }
    let statement = transaction.prepare_cached(locking).await?;
    transaction.execute(&statement, &[&lock]).await?;
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&statement, parameters).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// The problem and the remedy.
pub(super) fn failed(error: Error) -> StoreError {
    explain(&error).into()
}
