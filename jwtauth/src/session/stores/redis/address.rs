use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use redis::RedisError;
use rocket::http::RawStr;

use super::explain;
use crate::session::StoreError;
use crate::session::stores::fault::StoreFault;
use crate::session::stores::url::is_plain_name;

/// A URL of Redis, taken apart: the servers, the login and the names of keys. Its `Debug` and `Display` contain neither
/// user nor password.
#[derive(Clone)]
pub(crate) struct RedisAddress {
    pub(super) tls: bool,
    /// The servers; with `sentinel`, the Sentinels.
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) login: Login,
    pub(super) database: u16,
    pub(super) prefix: String,
    pub(super) ca: Option<PathBuf>,
    /// The client's certificate and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    pub(super) sentinel: Option<SentinelAddress>,
}

/// A user name and a password.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

/// What the Sentinels are asked for.
#[derive(Clone)]
pub(super) struct SentinelAddress {
    /// The name under which they watch the primary.
    pub(super) master: String,
    /// The login of the Sentinels themselves.
    pub(super) login: Login,
}

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
const PREFIX: &str = "jwtauth:";
/// Key names stay short, and so does what an index takes.
const MAX_PREFIX: usize = 64;

/// The schemes, each with whether it means TLS and whether it means Sentinel.
const SCHEMES: [(&str, bool, bool); 4] = [
    ("redis", false, false),
    ("rediss", true, false),
    ("redis-sentinel", false, true),
    ("rediss-sentinel", true, true),
];

impl RedisAddress {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreFault> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        let Some(&(_, tls, sentinel)) = SCHEMES.iter().find(|(name, ..)| *name == scheme) else {
            return Err(StoreFault::new("does not begin with the scheme of a Redis", FORM));
        };
        let rest = rest.strip_prefix("//").ok_or_else(|| StoreFault::new("has no `//` after the scheme", FORM))?;
        if rest.contains('#') {
            return Err(StoreFault::new("has a `#` in it", "write a `#` of a user name or password as `%23`"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (userinfo, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));

        let port = if sentinel { SENTINEL_PORT } else { PORT };
        let mut address = RedisAddress {
            tls,
            hosts: hosts.split(',').map(|text| host(text, port)).collect::<Option<_>>().ok_or_else(|| {
                let remedy = "write `HOST`, `HOST:PORT` or `[IPV6]:PORT`; a `/` or `?` of a user name or password as \
                              `%2F`, `%3F`";
                StoreFault::new("does not name a host, or its port is not a number up to 65535", remedy)
            })?,
            login: Login::default(),
            database: match database {
                "" => 0,
                digits => digits.parse().map_err(|_| {
                    let remedy = "write `/0`; a `/`, `?` or `@` of a user name or password as `%2F`, `%3F`, `%40`";
                    StoreFault::new("has something other than the number of a database after the host", remedy)
                })?,
            },
            prefix: PREFIX.into(),
            ca: None,
            identity: None,
            sentinel: None,
        };
        if !userinfo.is_empty() {
            let Some((username, password)) = userinfo.split_once(':') else {
                return Err(StoreFault::new(
                    "has a user name without a password",
                    "write `USER:PASSWORD@HOST` or `:PASSWORD@HOST`",
                ));
            };
            address.login.username = Some(decode(username)?).filter(|name| !name.is_empty());
            address.login.password = Some(decode(password)?);
        }
        address.parameters(query, sentinel)?;
        Ok(address)
    }

    fn parameters(&mut self, query: &str, sentinel: bool) -> Result<(), StoreFault> {
        let (mut cert, mut key, mut master) = (None, None, None);
        let mut login = Login::default();
        let mut seen = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = decode(value)?;
            match name {
                "prefix" => self.prefix = value,
                "ca" => self.ca = Some(file("ca", value)?),
                "cert" => cert = Some(file("cert", value)?),
                "key" => key = Some(file("key", value)?),
                "master" if sentinel => master = Some(value).filter(|name| !name.is_empty()),
                "sentinel_user" if sentinel => login.username = Some(value),
                "sentinel_password" if sentinel => login.password = Some(value),
                "master" | "sentinel_user" | "sentinel_password" => {
                    let problem = format!("has the parameter `{name}`, which is for Sentinels");
                    return Err(StoreFault::new(problem, "write `redis-sentinel://`, or remove it"));
                }
                _ => return Err(unknown_parameter(name, query, sentinel)),
            }
            if seen.contains(&name) {
                let problem = format!("has the parameter `{name}` twice");
                return Err(StoreFault::new(problem, "remove one of them"));
            }
            seen.push(name);
        }
        if self.prefix.len() > MAX_PREFIX || self.prefix.chars().any(char::is_control) {
            let remedy = "write at most 64 bytes after `prefix=`, without control characters";
            return Err(StoreFault::new("has an invalid `prefix`", remedy));
        }
        self.identity = match (cert, key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            (Some(_), None) => {
                return Err(StoreFault::new("has the parameter `cert` without `key`", "write both of them, or none"));
            }
            (None, Some(_)) => {
                return Err(StoreFault::new("has the parameter `key` without `cert`", "write both of them, or none"));
            }
        };
        if !self.tls && (self.ca.is_some() || self.identity.is_some()) {
            let remedy = if sentinel { "write `rediss-sentinel://`" } else { "write `rediss://`" };
            return Err(StoreFault::new("names certificates, and its scheme is without TLS", remedy));
        }
        if sentinel {
            let master = master.ok_or_else(|| {
                let remedy =
                    "write `?master=NAME`, with the name after `sentinel monitor` in the Sentinels' configuration";
                StoreFault::new("does not name the primary that the Sentinels watch", remedy)
            })?;
            self.sentinel = Some(SentinelAddress { master, login });
        }
        Ok(())
    }

    /// Lets relative paths begin in this folder.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        let identity = self.identity.iter_mut().flat_map(|(cert, key)| [cert, key]);
        for path in self.ca.iter_mut().chain(identity) {
            *path = folder.join(&path);
        }
    }

    /// An error that says what the server or the client library said, and what to do.
    pub(super) fn error(&self, what: &str, error: &RedisError) -> StoreError {
        let StoreFault { problem, remedy } = explain::explain(self, error);
        StoreFault::new(self.without_passwords(format!("{what} ({self}): {problem}")), remedy).into()
    }

    /// An error with this text after the address.
    pub(super) fn fault(&self, problem: &str, remedy: &str) -> StoreError {
        StoreFault::new(self.without_passwords(format!("cannot use {self}: {problem}")), remedy).into()
    }

    /// What is left of a text that a server said.
    fn without_passwords(&self, mut text: String) -> String {
        // Servers that do not know a command repeat it with its arguments; for AUTH that is the password, or the start
        // of it.
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

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = SCHEMES.iter().find(|(_, tls, sentinel)| (*tls, *sentinel) == (self.tls, self.sentinel.is_some()));
        write!(f, "{}://", scheme.map_or("redis", |(name, ..)| name))?;
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

const FORM: &str = "write `redis://HOST/`, `rediss://HOST/` with TLS, or `redis-sentinel://HOST/?master=NAME`";

/// The fault of an unknown parameter. Its name is shown unless it may be a part of the password.
fn unknown_parameter(name: &str, query: &str, sentinel: bool) -> StoreFault {
    let known = match sentinel {
        true => "`master`, `sentinel_user`, `sentinel_password`, `prefix`, `ca`, `cert` or `key`",
        false => "`prefix`, `ca`, `cert` or `key`",
    };
    // A password ends before an `@`.
    match !query.contains('@') && is_plain_name(name) {
        true => StoreFault::new(format!("has the unknown parameter `{name}`"), format!("write {known}")),
        false => {
            let remedy = format!("write {known}; a `?` of a user name or password as `%3F`");
            StoreFault::new("has an unknown parameter", remedy)
        }
    }
}

fn file(parameter: &str, value: String) -> Result<PathBuf, StoreFault> {
    if value.is_empty() {
        return Err(StoreFault::new(
            format!("has an empty `{parameter}`"),
            "write the path of a PEM file, or remove it",
        ));
    }
    Ok(value.into())
}

fn host(text: &str, default_port: u16) -> Option<(String, u16)> {
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
    let port = port.map_or(Some(default_port), |port| port.parse().ok())?;
    (!host.is_empty() && !host.contains(char::is_whitespace)).then(|| (host.to_owned(), port))
}

fn decode(text: &str) -> Result<String, StoreFault> {
    RawStr::new(text).percent_decode().map(Cow::into_owned).map_err(|_| {
        StoreFault::new(
            "has percent signs that do not stand for UTF-8",
            "write a `%` of a user name, password or value as `%25`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> RedisAddress {
        RedisAddress::parse(url).unwrap_or_else(|fault| panic!("{url} {fault}"))
    }

    #[test]
    fn a_url_is_taken_apart() {
        let plain = parse("redis://localhost");
        assert_eq!(plain.to_string(), "redis://localhost:6379/0");
        assert_eq!((plain.prefix.as_str(), plain.login.username, plain.login.password), ("jwtauth:", None, None));

        let full = parse("rediss://al%40ice:p%2Fw:@%23@one:1,[::1]:2,[::2]/15?prefix=shop:&ca=a%20b&cert=c&key=d");
        assert_eq!(full.to_string(), "rediss://one:1,[::1]:2,[::2]:6379/15");
        assert_eq!((full.login.username.as_deref(), full.login.password.as_deref()), (Some("al@ice"), Some("p/w:@#")));
        assert_eq!((full.prefix.as_str(), full.ca), ("shop:", Some("a b".into())));
        assert_eq!(full.identity, Some(("c".into(), "d".into())));

        let only_password = parse("redis://:hunter2@host:1/");
        let login = only_password.login;
        assert_eq!((login.username, login.password.as_deref()), (None, Some("hunter2")));
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
            ("redis://host/0?sslmode=1", "unknown parameter `sslmode`"),
            ("redis://u:a@b?hunter=2@host", "unknown parameter; "),
            ("redis://host/?ca=", "empty `ca`"),
            ("redis://host/?prefix=a&prefix=b", "`prefix` twice"),
            ("redis://host/?master=x", "`redis-sentinel://`"),
            ("redis-sentinel://host/", "`?master=NAME`"),
            ("redis-sentinel://host/?master=", "`?master=NAME`"),
            ("redis-sentinel://host/?master=x&ca=y", "`rediss-sentinel://`"),
            ("redis://host/?ca=x", "`rediss://`"),
            ("rediss://host/?key=hunter2", "`key` without `cert`"),
            ("redis://:hunter2%ff@host", "UTF-8"),
            ("redis://host/?prefix=hunter2%0a", "prefix"),
        ] {
            let Err(fault) = RedisAddress::parse(url) else { panic!("{url} is accepted") };
            let fault = fault.to_string();
            assert!(fault.contains(expected), "{url} {fault}");
            assert!(!fault.contains("hunter"), "{url} {fault}");
        }
        assert!(RedisAddress::parse(&format!("redis://host/?prefix={}", "x".repeat(65))).is_err());
    }

    #[test]
    fn sentinel_address_has_its_own_port_and_login() {
        let url = "rediss-sentinel://bob:hunter2@one,two:1/3?master=shop&sentinel_user=eve&sentinel_password=swordfish";
        let address = parse(url);
        assert_eq!(address.to_string(), "rediss-sentinel://one:26379,two:1/3");
        let sentinel = address.sentinel.as_ref().expect("Sentinels");
        assert_eq!((sentinel.master.as_str(), sentinel.login.username.as_deref()), ("shop", Some("eve")));
        let told = format!("{:?} {address:?}", address.fault("swordfish and hunter2", ""));
        assert!(!told.contains("swordfish") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn relative_paths_begin_in_the_folder() {
        let mut address = parse("rediss://host/?ca=ca.pem&cert=/etc/cert.pem&key=k/key.pem");
        address.resolve(Path::new("/srv/app"));
        assert_eq!(address.ca.as_deref(), Some(Path::new("/srv/app/ca.pem")));
        assert_eq!(address.identity, Some(("/etc/cert.pem".into(), "/srv/app/k/key.pem".into())));
    }

    #[test]
    fn no_fault_has_the_password() {
        let address = parse("redis://bob:hunter2@host");
        let said = "unknown command `AUTH`, with args beginning with: `bob`, `hun";
        for text in [said, "no hunter2, and again hunter2"] {
            let fault = format!("{:?} {address:?}", address.fault(text, "check it"));
            assert!(!fault.contains("hun") && !fault.contains("bob"), "{fault}");
            assert!(fault.contains("cannot use redis://host:6379/0"), "{fault}");
        }
    }
}
