//! Statements without a name. A pooler in transaction mode may run each transaction on another connection of the
//! server. A statement that was prepared under a name is then missing, or belongs to another program.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, GenericClient, Row};

/// The parameters of a statement.
pub(super) type Parameters<'p> = &'p [&'p (dyn ToSql + Sync)];

/// The types of parameters that the store uses.
const TYPES: [Type; 4] = [Type::BYTEA, Type::INT8, Type::TEXT, Type::BOOL];

/// Runs a statement in one round trip.
pub(super) async fn query(
    client: &impl GenericClient,
    sql: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, Error> {
    client.query_typed(sql, &typed(parameters)).await
}

/// Parameters with their types. Without a name, the types cannot be requested from the server.
pub(super) fn typed<'p>(parameters: Parameters<'p>) -> Vec<(&'p (dyn ToSql + Sync), Type)> {
    parameters.iter().map(|parameter| (*parameter, type_of(*parameter))).collect()
}

/// The type with which a parameter is sent: the first that its Rust type accepts.
fn type_of(parameter: &(dyn ToSql + Sync)) -> Type {
    let accepts = |kind: &&Type| match parameter.to_sql_checked(kind, &mut BytesMut::new()) {
        Ok(_) => true,
        Err(error) => !error.is::<tokio_postgres::types::WrongType>(),
    };
    TYPES.iter().find(accepts).cloned().unwrap_or(Type::UNKNOWN)
}
