//! Explains errors of PostgreSQL and its client, with a remedy.

use std::error::Error as _;
use std::io;

use rustls::Error as TlsError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::session::stores::fault::StoreFault;
use crate::tls;

/// Converts an error to a problem and a remedy. The server's details are omitted, because they may contain a row.
pub(super) fn explain(error: &Error) -> StoreFault {
    if let Some(said) = error.as_db_error() {
        let told = format!("PostgreSQL says: {} ({})", said.message(), said.code().code());
        return StoreFault::new(told, remedy(said));
    }
    let mut told = error.to_string();
    let (mut remedy, mut next) = (None, error.source());
    while let Some(source) = next {
        if let Some(error) = source.downcast_ref::<io::Error>() {
            if let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<TlsError>()) {
                remedy = remedy.or(Some(tls::remedy(error, "sslrootcert=FILE", "sslmode=disable")));
            } else {
                remedy = remedy.or(io_remedy(error).map(str::to_owned));
            }
        }
        let more = source.to_string();
        if !told.contains(&more) {
            told = format!("{told}: {more}");
        }
        next = source.source();
    }
    if told.contains("does not support TLS") {
        remedy =
            Some("set `ssl = on` at the server, or write `sslmode=disable` in a network that is yours alone".into());
    } else if told.contains("does not allow writes") {
        told = format!("the server is a replica, and sessions need the primary: {told}");
        remedy = Some("write the address of the primary, or all addresses with commas between them".into());
    }
    StoreFault::new(told, remedy.unwrap_or_else(|| "check the server, its log and the URL".to_owned()))
}

fn remedy(said: &DbError) -> String {
    let code = said.code();
    let remedy = if *code == SqlState::INVALID_PASSWORD {
        "check user and password; what has a meaning in a URL is written with a percent sign, such as `%40` for `@`"
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        "check the user, and `pg_hba.conf` for this user, database, address and TLS"
    } else if *code == SqlState::UNDEFINED_DATABASE {
        "create the database, or correct its name after the host"
    } else if *code == SqlState::INVALID_SCHEMA_NAME {
        "create the schema, or correct `table`"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "give the role this right, or let another role create the table and `GRANT SELECT, INSERT, UPDATE, DELETE` on it"
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "lower `max_connections` in the URL, or raise it at the server"
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        "wait until the server has started"
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        "write the address of the primary"
    } else if said.message().contains("unsupported startup parameter") {
        "this is PgBouncer: add `ignore_startup_parameters = options` to its configuration"
    } else if said.message().contains("statement pooling") {
        "this is PgBouncer with `pool_mode = statement`: set `pool_mode = session` or `transaction`"
    } else if *code == SqlState::INVALID_SQL_STATEMENT_NAME || *code == SqlState::DUPLICATE_PSTATEMENT {
        "a pooler changed to transaction mode: start the application again"
    } else {
        "check the server and its log"
    };
    remedy.to_owned()
}

fn io_remedy(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some("start the server, or correct host and port"),
        io::ErrorKind::NotFound => Some("start the server, or correct the folder of its socket"),
        io::ErrorKind::PermissionDenied => Some("give this user access to the server's socket"),
        io::ErrorKind::TimedOut => Some("check host, port and firewall"),
        _ => None,
    }
}
