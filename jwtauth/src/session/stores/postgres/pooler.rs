//! Detects a pooler such as PgBouncer, and how it shares the connections of the server.

use std::time::Duration;

use rocket::tokio::time::timeout;
use tokio_postgres::GenericClient;

use super::connections::{Connections, failed};
use super::unnamed::query;
use crate::session::StoreError;
use crate::session::stores::fault::StoreFault;

/// The timeout for the second connection.
const SECOND: Duration = Duration::from_secs(1);

/// Whether each transaction may run on another connection of the server. Statements cannot be prepared then. If this is
/// unknown, the result is `true`, because statements without a name always work.
pub(super) async fn may_share(client: &impl GenericClient, connections: &Connections) -> Result<bool, StoreError> {
    // The isolation level that the statements need is one of the options that poolers do not pass on.
    let level = show(client, "SHOW default_transaction_isolation").await?;
    if level != "read committed" {
        return Err(StoreFault::new(
            format!("the transactions of this role are `{level}`, and a pooler in between does not pass on options"),
            "run `ALTER ROLE … SET default_transaction_isolation = 'read committed'`",
        )
        .into());
    }
    let limit = show(client, "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'").await?;
    if limit != connections.statement_timeout().as_millis().to_string() {
        return Ok(true);
    }
    // A pooler that passes on options is detected by its behaviour.
    let pid = "SELECT pg_backend_pid()::text";
    let probe = async {
        let first = show(client, pid).await?;
        let mut other = connections.client(connections.deadline()).await?;
        let transaction = other.transaction().await.map_err(failed)?;
        let second = show(&*transaction, pid).await?;
        // Without sharing, each client keeps its own connection of the server.
        Ok::<_, StoreError>(second == first || show(client, pid).await? != first)
    };
    Ok(timeout(SECOND, probe).await.map_or(true, |shared| shared.unwrap_or(true)))
}

async fn show(client: &impl GenericClient, sql: &str) -> Result<String, StoreError> {
    let rows = query(client, sql, &[]).await.map_err(failed)?;
    let row = rows.first().ok_or_else(|| StoreError::new("PostgreSQL gave no answer to a question about itself"))?;
    row.try_get(0).map_err(StoreError::new)
}
