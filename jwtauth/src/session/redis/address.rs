use std::borrow::Cow;
use std::fmt;

use redis::{
    ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
};
use rocket::http::RawStr;

use super::super::StoreError;
use super::super::url::NoStore;

/// Where a Redis is, who asks it, and under which names: a URL, taken apart. Its `Debug` and `Display` have
/// neither user nor password.
#[derive(Clone)]
pub(crate) struct RedisAddress {
    tls: bool,
    hosts: Vec<(String, u16)>,
    username: Option<String>,
    password: Option<String>,
    database: u16,
    pub(super) prefix: String,
    ca: Option<String>,
    /// The client's certificate and its key.
    identity: Option<(String, String)>,
}

const PORT: u16 = 6379;
const PREFIX: &str = "jwtauth:";
/// Key names stay short, and so does what an index takes.
const MAX_PREFIX: usize = 64;

impl RedisAddress {
    pub(crate) fn parse(url: &str) -> Result<Self, NoStore> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| no_store("has no `//` after the scheme", FORM))?;
        if rest.contains('#') {
            return Err(no_store("has a `#` in it", "write a `#` of a user name or password as `%23`"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (userinfo, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));

        let mut address = RedisAddress {
            tls: scheme == "rediss",
            hosts: hosts.split(',').map(host).collect::<Option<_>>().ok_or_else(|| {
                no_store("does not name a host, or its port is no number", "write `HOST`, `HOST:PORT`, `[IPV6]:PORT`")
            })?,
            username: None,
            password: None,
            database: match database {
                "" => 0,
                digits => digits.parse().map_err(|_| {
                    let remedy = "write `/0`; a `/`, `?` or `@` of a user name or password as `%2F`, `%3F`, `%40`";
                    no_store("has something other than the number of a database after the host", remedy)
                })?,
            },
            prefix: PREFIX.into(),
            ca: None,
            identity: None,
        };
        if !userinfo.is_empty() {
            let Some((username, password)) = userinfo.split_once(':') else {
                return Err(no_store(
                    "has a user name without a password",
                    "write `USER:PASSWORD@HOST` or `:PASSWORD@HOST`",
                ));
            };
            address.username = Some(decode(username)?).filter(|name| !name.is_empty());
            address.password = Some(decode(password)?);
        }
        address.parameters(query)?;
        Ok(address)
    }

    fn parameters(&mut self, query: &str) -> Result<(), NoStore> {
        let (mut cert, mut key) = (None, None);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = decode(value)?;
            match name {
                "prefix" => self.prefix = value,
                "ca" => self.ca = Some(value),
                "cert" => cert = Some(value),
                "key" => key = Some(value),
                _ => {
                    let remedy = "write `prefix`, `ca`, `cert` or `key`; a `?` of a password as `%3F`";
                    return Err(no_store("has a parameter that there is not", remedy));
                }
            }
        }
        if self.prefix.len() > MAX_PREFIX || self.prefix.chars().any(char::is_control) {
            let remedy = "write at most 64 bytes after `prefix=`, without control characters";
            return Err(no_store("has a prefix that is none for keys", remedy));
        }
        self.identity = match (cert, key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            _ => return Err(no_store("has one of `cert` and `key`", "write both of them, or none")),
        };
        if !self.tls && (self.ca.is_some() || self.identity.is_some()) {
            return Err(no_store("has certificates, and a scheme without TLS", "write `rediss://`"));
        }
        Ok(())
    }

    /// Each of the servers named, as the client wants it.
    pub(super) fn servers(&self) -> Result<Vec<ConnectionInfo>, StoreError> {
        let mut settings = RedisConnectionInfo::default().set_db(i64::from(self.database)).set_skip_set_lib_name();
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        let server = |(host, port): &(String, u16)| {
            let (host, port) = (host.clone(), *port);
            let address = match self.tls {
                true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
                false => ConnectionAddr::Tcp(host, port),
            };
            let info = address.into_connection_info().map_err(|error| self.fault("the address is no good", &error))?;
            Ok(info.set_redis_settings(settings.clone()))
        };
        self.hosts.iter().map(server).collect()
    }

    /// What proves one side of a TLS connection to the other, read from the files named; `None` without TLS.
    pub(super) fn certificates(&self) -> Result<Option<TlsCertificates>, StoreError> {
        if !self.tls {
            return Ok(None);
        }
        let read = |path: &String| {
            std::fs::read(path).map_err(|error| StoreError::new(format!("can't read the file `{path}`: {error}")))
        };
        let client_tls = match &self.identity {
            Some((cert, key)) => Some(ClientTlsConfig { client_cert: read(cert)?, client_key: read(key)? }),
            None => None,
        };
        Ok(Some(TlsCertificates { client_tls, root_cert: self.ca.as_ref().map(read).transpose()? }))
    }

    /// An error that says what the server or the client library said, and nothing of the password.
    pub(super) fn fault(&self, what: &str, error: &dyn fmt::Display) -> StoreError {
        let mut text = format!("{what} ({self}): {error}");
        // Servers that don't know a command tell it with its arguments; for AUTH that is the password, or the start
        // of it.
        if let Some(end) = text.find("with args beginning with") {
            text.truncate(end);
        }
        match &self.password {
            Some(password) if !password.is_empty() => text = text.replace(password.as_str(), "…"),
            _ => {}
        }
        StoreError::new(text)
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "rediss://" } else { "redis://" })?;
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match host.contains(':') {
                true => write!(f, "{comma}[{host}]:{port}")?,
                false => write!(f, "{comma}{host}:{port}")?,
            }
        }
        write!(f, "/{}", self.database)
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

const FORM: &str = "write `redis://HOST/` or `rediss://HOST/`";

fn no_store(problem: &str, remedy: &str) -> NoStore {
    NoStore { problem: problem.into(), remedy: remedy.into() }
}

fn host(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map_or(Some(PORT), |port| port.parse().ok())?;
    (!host.is_empty() && !host.contains(char::is_whitespace)).then(|| (host.to_owned(), port))
}

fn decode(text: &str) -> Result<String, NoStore> {
    RawStr::new(text).percent_decode().map(Cow::into_owned).map_err(|_| {
        no_store("has percent signs that make no UTF-8", "write a `%` of a user name or password as `%25`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> RedisAddress {
        RedisAddress::parse(url).unwrap_or_else(|no_store| panic!("{url} {}", no_store.problem))
    }

    #[test]
    fn a_url_is_taken_apart() {
        let plain = parse("redis://localhost");
        assert_eq!(plain.to_string(), "redis://localhost:6379/0");
        assert_eq!((plain.prefix.as_str(), plain.username, plain.password), ("jwtauth:", None, None));

        let full = parse("rediss://al%40ice:p%2Fw:@%23@one:1,[::1]:2,[::2]/15?prefix=shop:&ca=a%20b&cert=c&key=d");
        assert_eq!(full.to_string(), "rediss://one:1,[::1]:2,[::2]:6379/15");
        assert_eq!((full.username.as_deref(), full.password.as_deref()), (Some("al@ice"), Some("p/w:@#")));
        assert_eq!((full.prefix.as_str(), full.ca.as_deref()), ("shop:", Some("a b")));
        assert_eq!(full.identity, Some(("c".into(), "d".into())));

        let only_password = parse("redis://:hunter2@host:1/");
        assert_eq!((only_password.username, only_password.password.as_deref()), (None, Some("hunter2")));
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_of_the_url() {
        for (url, expected) in [
            ("redis:hunter2", "`//`"),
            ("redis://", "host"),
            ("redis:///0", "host"),
            ("redis://:hunter2@", "host"),
            ("redis://host:hunter2", "port"),
            ("redis://host:65536", "port"),
            ("redis://[::1/", "host"),
            ("redis://hunter2@host", "without a password"),
            ("redis://:hunter2#@host", "`#`"),
            ("redis://host/hunter2", "database"),
            ("redis://host/-1", "database"),
            ("redis://host/0?hunter2=1", "parameter"),
            ("redis://host/?ca=x", "without TLS"),
            ("rediss://host/?key=hunter2", "one of"),
            ("redis://:hunter2%ff@host", "UTF-8"),
            ("redis://host/?prefix=hunter2%0a", "prefix"),
        ] {
            let Err(NoStore { problem, remedy }) = RedisAddress::parse(url) else { panic!("{url} is accepted") };
            assert!(problem.contains(expected), "{url} {problem}");
            assert!(!format!("{problem} {remedy}").contains("hunter2"), "{url}");
        }
        assert!(RedisAddress::parse(&format!("redis://host/?prefix={}", "x".repeat(65))).is_err());
    }

    #[test]
    fn no_fault_has_the_password() {
        let address = parse("redis://bob:hunter2@host");
        let said = "unknown command `AUTH`, with args beginning with: `bob`, `hun";
        for text in [said, "no hunter2, and again hunter2"] {
            let fault = format!("{:?} {address:?}", address.fault("can't log in", &text));
            assert!(!fault.contains("hun") && !fault.contains("bob"), "{fault}");
            assert!(fault.contains("can't log in (redis://host:6379/0)"), "{fault}");
        }
    }
}
