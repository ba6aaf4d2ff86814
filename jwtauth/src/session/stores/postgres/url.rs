use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use rocket::http::RawStr;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::table::Table;
use super::tls::Tls;
use crate::session::stores::url_error::{UrlError, is_plain_name};

/// The settings in the URL of a [`PostgresStore`](super::PostgresStore).
pub(crate) struct PostgresUrl {
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) table: Table,
    pub(super) max_connections: usize,
    pub(super) connect: Duration,
    pub(super) statement: Duration,
}

/// The isolation level that the statements require, whatever the default of the database is.
const ISOLATION: &str = "-c default_transaction_isolation=read\\ committed";

/// The parameters of the store.
const OURS: [&str; 6] = ["table", "sslmode", "sslrootcert", "max_connections", "connect_timeout", "statement_timeout"];

/// The parameters of `libpq` that the client library supports.
const THEIRS: [&str; 17] = [
    "application_name",
    "channel_binding",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The interval of keepalives on an idle connection. They prevent routers from dropping it.
const KEEPALIVE: Duration = Duration::from_secs(60);

impl PostgresUrl {
    /// Parses the URL. The error contains no part of it, because any part may contain the password.
    pub(crate) fn parse(url: &str) -> Result<Self, UrlError> {
        let (server, query) = url.split_once('?').unwrap_or((url, ""));
        // The client library looks for the `@` first, so a `?` before it is part of the password. Part of a password
        // must not be parsed as a parameter.
        if query.contains('@') {
            return Err(unreadable());
        }
        let mut ours = Ours::default();
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if !ours.take(name, value)? {
                if !THEIRS.contains(&name) {
                    return Err(unknown_parameter(name));
                }
                others.push(parameter);
            }
        }
        let mut config = Config::from_str(&format!("{server}?{}", others.join("&"))).map_err(|_| unreadable())?;
        // A literal `@` would be treated as the end of the password.
        let hosts = config.get_hosts();
        if hosts.iter().any(|host| matches!(host, Host::Tcp(name) if name.is_empty() || name.contains(['@', ':', ' ']) && name.parse::<IpAddr>().is_err())) {
            return Err(unreadable());
        }
        if hosts.is_empty() {
            return Err(UrlError {
                problem: "names no host".into(),
                remedy: "write `postgres://HOST/DATABASE`, or `postgres://%2Frun%2Fpostgresql/DATABASE` for a socket"
                    .into(),
            });
        }
        // A replica may lag behind confirmed changes.
        if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
            return Err(wrong("target_session_attrs", "`read-write`, or nothing"));
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);

        let tls = match ours.sslmode {
            Some(verified) => verified,
            None => ours.sslrootcert.is_some() || !is_here(&config),
        };
        if !tls && ours.sslrootcert.is_some() {
            return Err(wrong("sslmode", "`verify-full` where there is an `sslrootcert`"));
        }
        config.ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
        let tls = if tls { Tls::Verified { roots: ours.sslrootcert.flatten() } } else { Tls::Off };

        let connect = Duration::from_secs(ours.connect_timeout.unwrap_or(3));
        let statement = Duration::from_secs(ours.statement_timeout.unwrap_or(3));
        config.connect_timeout(connect);
        // The last value counts.
        let given = config.get_options().unwrap_or_default();
        let options = format!("{given} {ISOLATION} -c statement_timeout={}", statement.as_millis());
        config.options(options.trim_start());
        if config.get_application_name().is_none() {
            config.application_name("jwtauth");
        }
        if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
            config.keepalives_idle(KEEPALIVE);
        }
        let table = match ours.table {
            Some(table) => table,
            None => Table::parse(Table::DEFAULT).ok_or_else(unreadable)?,
        };
        Ok(PostgresUrl { config, tls, table, max_connections: ours.max_connections.unwrap_or(10), connect, statement })
    }

    /// Resolves relative paths against this folder.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        if let Tls::Verified { roots: Some(path) } = &mut self.tls {
            *path = folder.join(&path);
        }
    }
}

/// The parameters of the store, and those with more meaning here than in the client library.
#[derive(Default)]
struct Ours {
    table: Option<Table>,
    /// Whether the server's certificate is verified. If not, there is no TLS.
    sslmode: Option<bool>,
    /// `Some(None)`: the system's certificates.
    sslrootcert: Option<Option<PathBuf>>,
    max_connections: Option<usize>,
    connect_timeout: Option<u64>,
    statement_timeout: Option<u64>,
}

impl Ours {
    /// Returns whether the parameter is one of these.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, UrlError> {
        let value = RawStr::new(value).percent_decode().map_err(|_| unreadable())?;
        match name {
            "table" => {
                let expected = "`NAME` or `SCHEMA.NAME`, in lower-case letters, digits and `_`";
                self.table = Some(Table::parse(&value).ok_or_else(|| wrong("table", expected))?);
            }
            "sslmode" => {
                self.sslmode = Some(match &*value {
                    "disable" => false,
                    "require" | "verify-ca" | "verify-full" => true,
                    _ => {
                        return Err(wrong(
                            "sslmode",
                            "`verify-full`, or `disable`: what is between may be talked out of TLS",
                        ));
                    }
                });
            }
            "sslrootcert" if value.is_empty() => return Err(wrong("sslrootcert", "the path of a file, or `system`")),
            "sslrootcert" => self.sslrootcert = Some((value != "system").then(|| PathBuf::from(&*value))),
            "max_connections" => self.max_connections = Some(number("max_connections", &value, 1..=1000)? as usize),
            "connect_timeout" => self.connect_timeout = Some(number("connect_timeout", &value, 1..=60)?),
            "statement_timeout" => self.statement_timeout = Some(number("statement_timeout", &value, 1..=60)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn number(name: &'static str, value: &str, range: RangeInclusive<u64>) -> Result<u64, UrlError> {
    let expected = format!("a number from {} to {}", range.start(), range.end());
    value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| wrong(name, &expected))
}

/// Whether the traffic stays on this machine.
fn is_here(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// The error for an unknown parameter. There is no `@` after its name, so the name is not a part of the password.
fn unknown_parameter(name: &str) -> UrlError {
    if matches!(name, "sslcert" | "sslkey" | "sslpassword") {
        return UrlError::new(
            format!("has the parameter `{name}`, and certificates of clients are not supported"),
            "remove it, and log in with a password",
        );
    }
    if !is_plain_name(name) {
        return UrlError::new("has an unknown parameter", "the parameters are listed at `PostgresStore`");
    }
    let known = OURS.iter().chain(&THEIRS);
    let near = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    let remedy = match near {
        Some((..=2, known)) => format!("did you mean `{known}`?"),
        _ => "the parameters are listed at `PostgresStore`".to_owned(),
    };
    UrlError::new(format!("has the unknown parameter `{name}`"), remedy)
}

fn wrong(parameter: &str, expected: &str) -> UrlError {
    UrlError { problem: format!("has an invalid `{parameter}`"), remedy: format!("write {expected}") }
}

fn unreadable() -> UrlError {
    UrlError {
        problem: "cannot be read".into(),
        remedy:
            "write `postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE`, and in user and password `%40` for \
                 `@`, `%3A` for `:`, `%2F` for `/`, `%3F` for `?`, `%25` for `%`; the parameters are listed at \
                 `PostgresStore`"
                .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> PostgresUrl {
        PostgresUrl::parse(url).unwrap_or_else(|fault| panic!("{url}: {fault}"))
    }

    fn fault(url: &str) -> String {
        match PostgresUrl::parse(url) {
            Ok(_) => panic!("{url} is understood"),
            Err(fault) => fault.to_string(),
        }
    }

    fn is_verified(url: &str) -> bool {
        let url = parsed(url);
        let verified = matches!(url.tls, Tls::Verified { .. });
        assert_eq!(url.config.get_ssl_mode(), if verified { SslMode::Require } else { SslMode::Disable });
        verified
    }

    #[test]
    fn postgres_url_has_defaults() {
        let url = parsed("postgres://localhost/app");
        assert_eq!(url.table.quoted(), "\"jwtauth_sessions\"");
        assert_eq!((url.max_connections, url.connect.as_secs(), url.statement.as_secs()), (10, 3, 3));
        assert_eq!(url.config.get_application_name(), Some("jwtauth"));
        let options = "-c default_transaction_isolation=read\\ committed -c statement_timeout=3000";
        assert_eq!(url.config.get_options(), Some(options));
        assert_eq!(url.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(url.config.get_keepalives_idle(), KEEPALIVE);
    }

    #[test]
    fn postgres_url_reads_every_parameter() {
        let url = parsed(
            "postgresql://us%40er:p%40ss%3F@db.example:5433/app?table=auth.sessions&max_connections=3&sslmode=require\
             &connect_timeout=7&statement_timeout=9&sslrootcert=%2Fetc%2Fca.pem&application_name=shop\
             &keepalives_idle=5&options=-c%20work_mem=8MB&channel_binding=require&target_session_attrs=read-write",
        );
        assert_eq!(url.table.quoted(), "\"auth\".\"sessions\"");
        assert_eq!((url.max_connections, url.connect.as_secs(), url.statement.as_secs()), (3, 7, 9));
        assert_eq!(url.config.get_user(), Some("us@er"));
        assert_eq!(url.config.get_password(), Some(&b"p@ss?"[..]));
        assert_eq!(url.config.get_ports(), [5433]);
        assert_eq!(url.config.get_application_name(), Some("shop"));
        assert_eq!(url.config.get_keepalives_idle().as_secs(), 5);
        assert!(url.config.get_options().is_some_and(|options| options.starts_with("-c work_mem=8MB -c ")));
        assert!(matches!(url.tls, Tls::Verified { roots: Some(path) } if path.as_os_str() == "/etc/ca.pem"));
    }

    #[test]
    fn postgres_url_verifies_remote_host_unless_tls_is_disabled() {
        for url in ["postgres://db/app", "postgres://localhost,db/app", "postgres://localhost/?hostaddr=10.0.0.1"] {
            assert!(is_verified(url), "{url}");
            let mark = if url.contains('?') { '&' } else { '?' };
            assert!(!is_verified(&format!("{url}{mark}sslmode=disable")));
        }
        for url in [
            "postgres://localhost/app",
            "postgres://127.0.0.1:1/app",
            "postgres://[::1]/app",
            "postgres://%2Frun%2Fpostgresql/app",
            "postgres:///app?host=/run/postgresql",
        ] {
            assert!(!is_verified(url), "{url}");
        }
        for more in ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full", "sslrootcert=system"] {
            assert!(is_verified(&format!("postgres://localhost/app?{more}")), "{more}");
        }
        assert!(fault("postgres://db/?sslmode=prefer").contains("`sslmode`"));
        assert!(fault("postgres://db/?sslmode=disable&sslrootcert=x").contains("`sslmode`"));
    }

    #[test]
    fn postgres_url_fault_names_its_place() {
        for (url, expected) in [
            ("postgres://db/?table=Robert'); DROP TABLE", "`table`"),
            ("postgres://db/?max_connections=0", "`max_connections`"),
            ("postgres://db/?connect_timeout=61", "`connect_timeout`"),
            ("postgres://db/?statement_timeout=5000", "`statement_timeout`"),
            ("postgres://db/?target_session_attrs=read-only", "`target_session_attrs`"),
            ("postgres://db/?sslrootcert=", "`sslrootcert`"),
            ("postgres:///app", "no host"),
            ("postgres:app", "PARAMETER=VALUE"),
            ("postgres://db/?tabel=x", "unknown parameter `tabel`; did you mean `table`?"),
            ("postgres://db/?prefix=x", "unknown parameter `prefix`"),
            ("postgres://db/?sslkey=x", "`sslkey`, and certificates of clients"),
            ("postgres://db:port/", "PARAMETER=VALUE"),
        ] {
            assert!(fault(url).contains(expected), "{url}: {}", fault(url));
        }
    }

    #[test]
    fn postgres_url_fault_of_a_parameter_says_what_to_write() {
        for (query, expected) in [
            ("table=Users", "an invalid `table`; write `NAME` or `SCHEMA.NAME`, in lower-case letters, digits and `_`"),
            ("sslmode=allow", "an invalid `sslmode`; write `verify-full`, or `disable`: "),
            (
                "sslmode=disable&sslrootcert=ca.pem",
                "an invalid `sslmode`; write `verify-full` where there is an `sslrootcert`",
            ),
            ("sslrootcert=", "an invalid `sslrootcert`; write the path of a file, or `system`"),
            ("max_connections=1001", "an invalid `max_connections`; write a number from 1 to 1000"),
            ("connect_timeout=0", "an invalid `connect_timeout`; write a number from 1 to 60"),
            ("statement_timeout=3s", "an invalid `statement_timeout`; write a number from 1 to 60"),
            ("target_session_attrs=read-only", "an invalid `target_session_attrs`; write `read-write`, or nothing"),
            ("max_conections=5", "the unknown parameter `max_conections`; did you mean `max_connections`?"),
            ("ca=ca.pem", "the unknown parameter `ca`; the parameters are listed at `PostgresStore`"),
            ("Table=users", "an unknown parameter; the parameters are listed at `PostgresStore`"),
        ] {
            let fault = fault(&format!("postgres://db/app?{query}"));
            assert!(fault.starts_with(&format!("has {expected}")), "{query}: {fault}");
        }
        for name in ["sslcert", "sslkey", "sslpassword"] {
            let expected = format!(
                "has the parameter `{name}`, and certificates of clients are not supported; remove it, and log in with \
                 a password"
            );
            assert_eq!(fault(&format!("postgres://db/app?{name}=x")), expected);
        }
    }

    #[test]
    fn postgres_url_resolves_relative_path() {
        for (file, expected) in [("ca.pem", "/srv/app/ca.pem"), ("%2Fetc%2Fca.pem", "/etc/ca.pem")] {
            let mut url = parsed(&format!("postgres://db/app?sslrootcert={file}"));
            url.resolve(Path::new("/srv/app"));
            assert!(matches!(url.tls, Tls::Verified { roots: Some(path) } if path == Path::new(expected)));
        }
    }

    #[test]
    fn postgres_url_fault_contains_no_password() {
        for url in [
            "postgres://user:hunter2@more@db/app",
            "postgres://user:more@hunter2@db/app",
            "postgres://user:more?hunter2@db/app",
            "postgres://user:more?hunter2=x@db/app",
            "postgres://user:more?sslmode=disable&hunter2@db/app",
            "postgres://user:more?table=hunter2@db/app",
            "postgres://user:more/hunter2@db/app?x",
            "postgres://db:hunter2/",
        ] {
            assert!(!fault(url).contains("hunter2"), "{url}");
        }
    }
}
