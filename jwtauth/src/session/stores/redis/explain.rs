//! What an error of Redis or its client means, and what to do about it.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerErrorKind};
use rustls::Error as TlsError;

use super::address::RedisAddress;
use crate::session::stores::fault::StoreFault;
use crate::tls;

/// An error as problem and remedy. The problem contains what the server said: a password may be in it.
pub(super) fn explain(address: &RedisAddress, error: &RedisError) -> StoreFault {
    if let Some(fault) = io_error(error).and_then(|error| error.get_ref()?.downcast_ref::<StoreFault>()) {
        return fault.clone();
    }
    if let Some(tls) = io_error(error).and_then(|error| error.get_ref()?.downcast_ref::<TlsError>()) {
        return StoreFault::new(format!("TLS failed ({tls})"), tls::remedy(tls, "?ca=FILE", "redis://"));
    }
    let (meaning, remedy) = meaning(address, error);
    match meaning {
        "" => StoreFault::new(error.to_string(), remedy),
        meaning => StoreFault::new(format!("{meaning} ({error})"), remedy),
    }
}

fn meaning(address: &RedisAddress, error: &RedisError) -> (&'static str, &'static str) {
    if let Some(error) = io_error(error) {
        return io_meaning(address, error);
    }
    let text = error.to_string();
    match (error.kind(), error.code()) {
        (_, Some("NOAUTH")) => {
            ("the server requires a login", "write `USER:PASSWORD@` or `:PASSWORD@` before the host")
        }
        (ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS")) => (
            "the server refuses this user name and password",
            "check both; what has a meaning in a URL is written with a percent sign, such as `%40` for `@`",
        ),
        (ErrorKind::Server(ServerErrorKind::NoPerm), _) => (
            "the user of the URL lacks a right",
            "give it the rights that are listed at `RedisStore`, with `ACL SETUSER`",
        ),
        (_, Some("DENIED")) => (
            "the server is in protected mode and takes connections of its own machine only",
            "give it a password, and `protected-mode no`",
        ),
        (ErrorKind::Server(ServerErrorKind::BusyLoading), _) => {
            ("the server is loading its data", "wait until it has started")
        }
        (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => (
            "the server is a replica now",
            "wait for the failover to end; write the address of the primary, or `redis-sentinel://…`",
        ),
        (ErrorKind::Server(ServerErrorKind::ClusterDown), _) => {
            ("the cluster is down", "check it with `redis-cli --cluster check`")
        }
        (_, Some("OOM")) => ("the server has no memory left", "raise its `maxmemory`"),
        (_, Some("MISCONF")) => ("the server cannot save its data to disk", "check its disk and its log"),
        (_, Some("ERR")) if text.contains("DB index") || text.contains("elect") => (
            "the server refuses the database that the URL names",
            "write `/0`, or raise `databases` in its configuration",
        ),
        (_, Some("ERR")) if text.contains("HELLO") || text.contains("hello") => {
            ("the server is not Redis 6 or newer, nor Valkey", "update it")
        }
        (ErrorKind::Parse, _) => ("what answers is not Redis", "check host and port"),
        _ => ("", "check the server and its log"),
    }
}

fn io_meaning(address: &RedisAddress, error: &io::Error) -> (&'static str, &'static str) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ("", "start the server, or correct host and port"),
        io::ErrorKind::TimedOut => {
            ("no answer in time", "check host, port and firewall, and that the server is not overloaded")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset if !address.tls => {
            ("the server closed the connection", "write `rediss://` if it expects TLS; look into its log")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            ("the server closed the connection", "write `redis://` if it is without TLS; look into its log")
        }
        _ => ("", "check the host's name, and the way to it"),
    }
}

/// The error of the operating system, or of TLS, that this one wraps.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    source.downcast_ref::<io::Error>().or_else(|| {
        let shared = source.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
        shared.downcast_ref::<io::Error>()
    })
}
