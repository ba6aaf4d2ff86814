//! Whether a pooler such as PgBouncer is in between, and how it shares the connections of the server.

use std::time::Duration;

use rocket::tokio::time::timeout;
use tokio_postgres::GenericClient;

use super::super::StoreError;
use super::super::fault::StoreFault;
use super::connections::{Connections, failed};
use super::unnamed::query;

/// How long the second connection is waited for. In session mode, a pooler with one connection gives no second one.
const SECOND: Duration = Duration::from_secs(1);

/// Whether each transaction may be made on another connection of the server. Statements cannot be prepared then.
pub(super) async fn is_by_transaction(
    client: &impl GenericClient,
    connections: &Connections,
) -> Result<bool, StoreError> {
    // The isolation level that the statements need is among the options that poolers do not pass on.
    let level = show(client, "SHOW default_transaction_isolation").await?;
    if level != "read committed" {
        return Err(StoreFault::new(
            format!("the transactions of this role are `{level}`, and a pooler in between does not pass on options"),
            "say `ALTER ROLE … SET default_transaction_isolation = 'read committed'`",
        )
        .into());
    }
    let first = show(client, "SELECT pg_backend_pid()::text").await?;
    let second = async {
        let mut other = connections.client(connections.deadline()).await?;
        let transaction = other.transaction().await.map_err(failed)?;
        let second = show(&*transaction, "SELECT pg_backend_pid()::text").await?;
        // Whose connection of the server another one has, or has got another one meanwhile, has none of its own.
        Ok::<_, StoreError>(second == first || show(client, "SELECT pg_backend_pid()::text").await? != first)
    };
    timeout(SECOND, second).await.unwrap_or(Ok(false))
}

async fn show(client: &impl GenericClient, sql: &str) -> Result<String, StoreError> {
    let rows = query(client, sql, &[]).await.map_err(failed)?;
    let row = rows.first().ok_or_else(|| StoreError::new("PostgreSQL gave no answer to a question about itself"))?;
    row.try_get(0).map_err(StoreError::new)
}
