//! Creates the table if it is missing, adds missing columns, and checks it.

use deadpool_postgres::Object;
use rocket::tokio::time::timeout_at;
use tokio_postgres::error::SqlState;
use tokio_postgres::{GenericClient, IsolationLevel, Row};

use super::connections::{Connections, failed};
use super::pooler::may_share;
use super::statements::lock;
use super::unnamed::{Parameters, query, typed};
use super::url::PostgresUrl;
use crate::session::StoreError;
use crate::session::stores::fault::StoreFault;

/// Makes sure that the table exists and is a session table. Returns whether a pooler may share connections.
pub(super) async fn ensure(url: &PostgresUrl) -> Result<bool, StoreError> {
    // This uses a separate connection, because the pooled connections prepare statements that need the table.
    let connections = Connections::new(url, None, 2)?;
    let deadline = connections.deadline();
    let looking = async {
        let mut client = connections.client(deadline).await?;
        look(&mut client, &url.table.quoted()).await?;
        may_share(&**client, &connections).await
    };
    timeout_at(deadline, looking).await.map_err(|_| connections.mute())?
}

/// The columns of every session table, with their types. A table that lacks one of them is not a session table.
const ESSENTIAL: [(&str, &str); 6] = [
    ("id", "bytea"),
    ("userid", "bytea"),
    ("generation", "bigint"),
    ("created", "bigint"),
    ("refreshed", "bigint"),
    ("ends_at", "bigint"),
];

/// The columns that are added if the table lacks them. They are nullable. `NULL` means the default of a new session, so
/// nodes of an earlier version can still write rows. A later version adds its columns at the end.
const ADDED: [(&str, &str); 9] = [
    ("nonce_digest", "bytea"),
    ("label", "bytea"),
    ("key_id", "bytea"),
    ("reused", "boolean"),
    ("proven", "bigint"),
    ("proven_at", "bigint"),
    ("previous", "bigint"),
    ("carried", "bytea"),
    ("auth_time", "bigint"),
];

async fn look(client: &mut Object, table: &str) -> Result<(), StoreError> {
    let version: String = one(&***client, "SHOW server_version_num", &[]).await.map_err(failed)?.get(0);
    if version.parse::<u32>().is_ok_and(|version| version < 140_000) {
        return Err(StoreFault::new("this PostgreSQL is older than 14", "update the server").into());
    }
    // The first check takes no lock and needs no privilege to create tables.
    if !exists(client, table).await.map_err(failed)? {
        create(client, table).await.map_err(failed)?;
    }
    let missing = check(client, table).await?;
    if !missing.is_empty() {
        add(client, table, &missing).await?;
        check(client, table).await?;
    }
    Ok(())
}

async fn exists(client: &Object, table: &str) -> Result<bool, tokio_postgres::Error> {
    one(&***client, "SELECT to_regclass($1::text) IS NOT NULL", &[&table]).await?.try_get(0)
}

async fn create(client: &mut Object, table: &str) -> Result<(), tokio_postgres::Error> {
    // This is repeated here because a pooler may have dropped the options of the connection.
    let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    // `IF NOT EXISTS` alone fails if two processes create the table at once. With the lock, it sees a table that
    // another process has just created. A check like the first one may still read from a cache.
    query(&*transaction, "SELECT pg_advisory_xact_lock($1)", &[&lock("table", table, "")]).await?;
    // Each block has free space, so that a row can be refreshed within its block and without changes to the indexes.
    transaction
        .batch_execute(&format!(
            "CREATE TABLE IF NOT EXISTS {table} (
                 id bytea NOT NULL PRIMARY KEY,
                 userid bytea NOT NULL,
                 generation bigint NOT NULL,
                 created bigint NOT NULL,
                 refreshed bigint NOT NULL,
                 ends_at bigint NOT NULL,
                 nonce_digest bytea,
                 label bytea NOT NULL,
                 key_id bytea,
                 reused boolean,
                 proven bigint,
                 proven_at bigint,
                 previous bigint,
                 carried bytea,
                 auth_time bigint
             ) WITH (fillfactor = 85)"
        ))
        .await?;
    let indexed = "SELECT EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
                                  WHERE indrelid = to_regclass($1::text) AND attname = 'userid')";
    if !one(&*transaction, indexed, &[&table]).await?.try_get::<_, bool>(0)? {
        // The index is on hashes, because an index on the values themselves limits their length.
        transaction.batch_execute(&format!("CREATE INDEX ON {table} USING hash (userid)")).await?;
    }
    transaction.commit().await
}

/// Adds columns to a table of an earlier version. This rewrites no rows, and requires the owner of the table.
async fn add(client: &mut Object, table: &str, missing: &[(&str, &str)]) -> Result<(), StoreError> {
    let columns: Vec<_> =
        missing.iter().map(|(name, kind)| format!("ADD COLUMN IF NOT EXISTS {name} {kind}")).collect();
    let alter = format!("ALTER TABLE {table} {}", columns.join(", "));
    let adding = async {
        let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
        query(&*transaction, "SELECT pg_advisory_xact_lock($1)", &[&lock("table", table, "")]).await?;
        transaction.batch_execute(&alter).await?;
        transaction.commit().await
    };
    adding.await.map_err(|error: tokio_postgres::Error| {
        if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return failed(error);
        }
        let names: Vec<_> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
        let problem = format!(
            "the table {table} in PostgreSQL is from an earlier version and lacks {}, and this role may not add columns",
            names.join(", ")
        );
        StoreFault::new(problem, format!("run `{alter}` as the owner of the table, then launch again")).into()
    })
}

/// Checks that the table is a session table and that the role has the privileges for it. Returns the missing columns.
async fn check(client: &Object, table: &str) -> Result<Vec<(&'static str, &'static str)>, StoreError> {
    let wrong = |why: &str| {
        let problem = format!("the table {table} in PostgreSQL cannot hold sessions: {why}");
        StoreError::from(StoreFault::new(problem, "mend it, or name another with `table` in the URL"))
    };
    let columns = query(
        &***client,
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull,
                    atthasdef OR attidentity <> '' OR attgenerated <> ''
             FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped",
        &[&table],
    )
    .await
    .map_err(failed)?;
    let mut lacking = Vec::new();
    for (name, kind) in ESSENTIAL.into_iter().chain(ADDED) {
        let Some(column) = columns.iter().find(|column| column.get::<_, &str>(0) == name) else {
            if ADDED.contains(&(name, kind)) {
                lacking.push((name, kind));
                continue;
            }
            return Err(wrong(&format!("it has no column `{name}`")));
        };
        let found: &str = column.get(1);
        if found != kind {
            return Err(wrong(&format!("its column `{name}` is `{found}`, and not `{kind}`")));
        }
        if ["nonce_digest", "key_id", "previous", "carried"].contains(&name) && column.get(2) {
            return Err(wrong(&format!("its column `{name}` is NOT NULL")));
        }
    }
    for column in &columns {
        let (name, not_null, filled): (&str, bool, bool) = (column.get(0), column.get(2), column.get(3));
        if not_null && !filled && ESSENTIAL.iter().chain(&ADDED).all(|(ours, _)| *ours != name) {
            return Err(wrong(&format!("its column `{name}` wants a value, and is none of ours")));
        }
    }
    let row = one(
        &***client,
        "SELECT relkind = 'r',
                    EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
                            WHERE indrelid = c.oid AND indisunique AND indpred IS NULL AND indnkeyatts = 1
                              AND attname = 'id'),
                    NOT row_security_active(c.oid),
                    has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'),
                    has_table_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE')
             FROM pg_class c WHERE oid = to_regclass($1::text)",
        &[&table],
    )
    .await
    .map_err(failed)?;
    for (index, why) in [
        "it is no ordinary table",
        "its column `id` has no unique index",
        "row level security hides rows of it from this role",
    ]
    .into_iter()
    .enumerate()
    {
        if !row.get::<_, bool>(index) {
            return Err(wrong(why));
        }
    }
    let rights = ["SELECT", "INSERT", "UPDATE", "DELETE"].into_iter().enumerate();
    let missing: Vec<_> = rights.filter(|(index, _)| !row.get::<_, bool>(3 + index)).map(|(_, right)| right).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(StoreFault::new(
            format!("the role may not {missing} in the table {table} in PostgreSQL"),
            format!("run `GRANT {missing} ON {table} TO …`"),
        )
        .into());
    }
    Ok(lacking)
}

async fn one(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Row, tokio_postgres::Error> {
    // Each of these queries returns one row.
    client.query_typed_one(sql, &typed(parameters)).await
}
