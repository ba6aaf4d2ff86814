//! Explains errors of Redis and its client, with a remedy.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerErrorKind};
use rustls::Error as TlsError;

use super::url::RedisUrl;
use crate::session::StoreError;
use crate::session::stores::fault::StoreFault;
use crate::tls;

impl RedisUrl {
    /// An error with the text of the server or the client library, and the remedy.
    pub(super) fn error(&self, what: &str, error: &RedisError) -> StoreError {
        let StoreFault { problem, remedy } = explain(self, error);
        StoreFault::new(self.without_passwords(format!("{what} ({self}): {problem}")), remedy).into()
    }

    /// An error with this text after the URL.
    pub(super) fn fault(&self, problem: &str, remedy: &str) -> StoreError {
        StoreFault::new(self.without_passwords(format!("cannot use {self}: {problem}")), remedy).into()
    }

    /// Removes passwords from a text of the server.
    fn without_passwords(&self, mut text: String) -> String {
        // Servers that do not support a command repeat it with its arguments. For AUTH, the arguments contain the
        // password or the start of it.
        if let Some(end) = text.find("with args beginning with") {
            text.truncate(end);
        }
        let logins = [Some(&self.login), self.sentinel.as_ref().map(|sentinel| &sentinel.login)];
        for password in logins.into_iter().flatten().filter_map(|login| login.password.as_deref()) {
            if !password.is_empty() {
                text = text.replace(password, "…");
            }
        }
        text
    }
}

/// Converts an error to a problem and a remedy. The problem contains the server's text, which may contain a password.
fn explain(url: &RedisUrl, error: &RedisError) -> StoreFault {
    if let Some(fault) = io_error(error).and_then(|error| error.get_ref()?.downcast_ref::<StoreFault>()) {
        return fault.clone();
    }
    if let Some(tls) = io_error(error).and_then(|error| error.get_ref()?.downcast_ref::<TlsError>()) {
        return StoreFault::new(format!("TLS failed ({tls})"), tls::remedy(tls, "?ca=FILE", "redis://"));
    }
    let (meaning, remedy) = meaning(url, error);
    match meaning {
        "" => StoreFault::new(error.to_string(), remedy),
        meaning => StoreFault::new(format!("{meaning} ({error})"), remedy),
    }
}

fn meaning(url: &RedisUrl, error: &RedisError) -> (&'static str, &'static str) {
    if let Some(error) = io_error(error) {
        return io_meaning(url, error);
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

fn io_meaning(url: &RedisUrl, error: &io::Error) -> (&'static str, &'static str) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ("", "start the server, or correct host and port"),
        io::ErrorKind::TimedOut => {
            ("no answer in time", "check host, port and firewall, and that the server is not overloaded")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset if !url.tls => {
            ("the server closed the connection", "write `rediss://` if it expects TLS; look into its log")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            ("the server closed the connection", "write `redis://` if it is without TLS; look into its log")
        }
        _ => ("", "check the host's name, and the way to it"),
    }
}

/// The error of the operating system or of TLS that this error wraps.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    source.downcast_ref::<io::Error>().or_else(|| {
        let shared = source.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
        shared.downcast_ref::<io::Error>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_fault_contains_no_password() {
        let url = RedisUrl::parse("redis://bob:hunter2@host").expect("a URL");
        let said = "unknown command `AUTH`, with args beginning with: `bob`, `hun";
        for text in [said, "no hunter2, and again hunter2"] {
            let fault = format!("{:?} {url:?}", url.fault(text, "check it"));
            assert!(!fault.contains("hun") && !fault.contains("bob"), "{fault}");
            assert!(fault.contains("cannot use redis://host:6379/0"), "{fault}");
        }
    }

    #[test]
    fn redis_fault_contains_no_password_of_sentinels() {
        let text = "rediss-sentinel://bob:hunter2@one/?master=shop&sentinel_user=eve&sentinel_password=swordfish";
        let url = RedisUrl::parse(text).expect("a URL");
        let told = format!("{:?}", url.fault("swordfish and hunter2", ""));
        assert!(!told.contains("swordfish") && !told.contains("hunter2"), "{told}");
    }
}
