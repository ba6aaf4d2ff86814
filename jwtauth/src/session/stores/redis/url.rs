use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use rocket::http::RawStr;

use crate::session::stores::url_error::{UrlError, is_plain_name};

/// A parsed Redis URL: the servers, the login and the names of keys. Its `Debug` and `Display` contain neither user nor
/// password.
#[derive(Clone)]
pub(crate) struct RedisUrl {
    pub(super) tls: bool,
    /// The servers; with `sentinel`, the Sentinels.
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) login: Login,
    pub(super) database: u16,
    pub(super) prefix: String,
    pub(super) ca: Option<PathBuf>,
    /// The client's certificate and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    pub(super) sentinel: Option<SentinelLogin>,
}

/// A user name and a password.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

/// The data for a request to the Sentinels.
#[derive(Clone)]
pub(super) struct SentinelLogin {
    /// The name of the primary in the Sentinels.
    pub(super) master: String,
    /// The login of the Sentinels.
    pub(super) login: Login,
}

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
const PREFIX: &str = "jwtauth:";
/// A limit on the length keeps the keys and the index entries short.
const MAX_PREFIX: usize = 64;

/// The schemes. For each, whether it uses TLS and whether it uses Sentinel.
const SCHEMES: [(&str, bool, bool); 4] = [
    ("redis", false, false),
    ("rediss", true, false),
    ("redis-sentinel", false, true),
    ("rediss-sentinel", true, true),
];

impl RedisUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        let Some(&(_, tls, sentinel)) = SCHEMES.iter().find(|(name, ..)| *name == scheme) else {
            return Err(UrlError::new("does not begin with the scheme of a Redis", FORM));
        };
        let rest = rest.strip_prefix("//").ok_or_else(|| UrlError::new("has no `//` after the scheme", FORM))?;
        if rest.contains('#') {
            return Err(UrlError::new("has a `#` in it", "write a `#` of a user name or password as `%23`"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (userinfo, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));

        let port = if sentinel { SENTINEL_PORT } else { PORT };
        let mut parsed = RedisUrl {
            tls,
            hosts: hosts.split(',').map(|text| host(text, port)).collect::<Option<_>>().ok_or_else(|| {
                let remedy = "write `HOST`, `HOST:PORT` or `[IPV6]:PORT`; a `/` or `?` of a user name or password as \
                              `%2F`, `%3F`";
                UrlError::new("does not name a host, or its port is not a number up to 65535", remedy)
            })?,
            login: Login::default(),
            database: match database {
                "" => 0,
                digits => digits.parse().map_err(|_| {
                    let remedy = "write `/0`; a `/`, `?` or `@` of a user name or password as `%2F`, `%3F`, `%40`";
                    UrlError::new("has something other than the number of a database after the host", remedy)
                })?,
            },
            prefix: PREFIX.into(),
            ca: None,
            identity: None,
            sentinel: None,
        };
        if !userinfo.is_empty() {
            let Some((username, password)) = userinfo.split_once(':') else {
                return Err(UrlError::new(
                    "has a user name without a password",
                    "write `USER:PASSWORD@HOST` or `:PASSWORD@HOST`",
                ));
            };
            parsed.login.username = Some(decode(username)?).filter(|name| !name.is_empty());
            parsed.login.password = Some(decode(password)?);
        }
        parsed.parameters(query, sentinel)?;
        Ok(parsed)
    }

    fn parameters(&mut self, query: &str, sentinel: bool) -> Result<(), UrlError> {
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
                    return Err(UrlError::new(problem, "write `redis-sentinel://`, or remove it"));
                }
                _ => return Err(unknown_parameter(name, query, sentinel)),
            }
            if seen.contains(&name) {
                let problem = format!("has the parameter `{name}` twice");
                return Err(UrlError::new(problem, "remove one of them"));
            }
            seen.push(name);
        }
        if self.prefix.len() > MAX_PREFIX || self.prefix.chars().any(char::is_control) {
            let remedy = "write at most 64 bytes after `prefix=`, without control characters";
            return Err(UrlError::new("has an invalid `prefix`", remedy));
        }
        self.identity = match (cert, key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            (Some(_), None) => {
                return Err(UrlError::new("has the parameter `cert` without `key`", "write both of them, or none"));
            }
            (None, Some(_)) => {
                return Err(UrlError::new("has the parameter `key` without `cert`", "write both of them, or none"));
            }
        };
        if !self.tls && (self.ca.is_some() || self.identity.is_some()) {
            let remedy = if sentinel { "write `rediss-sentinel://`" } else { "write `rediss://`" };
            return Err(UrlError::new("names certificates, and its scheme is without TLS", remedy));
        }
        if sentinel {
            let master = master.ok_or_else(|| {
                let remedy =
                    "write `?master=NAME`, with the name after `sentinel monitor` in the Sentinels' configuration";
                UrlError::new("does not name the primary that the Sentinels watch", remedy)
            })?;
            self.sentinel = Some(SentinelLogin { master, login });
        }
        Ok(())
    }

    /// Resolves relative paths against this folder.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        let identity = self.identity.iter_mut().flat_map(|(cert, key)| [cert, key]);
        for path in self.ca.iter_mut().chain(identity) {
            *path = folder.join(&path);
        }
    }
}

impl fmt::Display for RedisUrl {
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

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

const FORM: &str = "write `redis://HOST/`, `rediss://HOST/` with TLS, or `redis-sentinel://HOST/?master=NAME`";

/// The error for an unknown parameter. It contains the name, unless that may be a part of the password.
fn unknown_parameter(name: &str, query: &str, sentinel: bool) -> UrlError {
    let known = match sentinel {
        true => "`master`, `sentinel_user`, `sentinel_password`, `prefix`, `ca`, `cert` or `key`",
        false => "`prefix`, `ca`, `cert` or `key`",
    };
    // A password ends before an `@`.
    match !query.contains('@') && is_plain_name(name) {
        true => UrlError::new(format!("has the unknown parameter `{name}`"), format!("write {known}")),
        false => {
            let remedy = format!("write {known}; a `?` of a user name or password as `%3F`");
            UrlError::new("has an unknown parameter", remedy)
        }
    }
}

fn file(parameter: &str, value: String) -> Result<PathBuf, UrlError> {
    if value.is_empty() {
        return Err(UrlError::new(format!("has an empty `{parameter}`"), "write the path of a PEM file, or remove it"));
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

fn decode(text: &str) -> Result<String, UrlError> {
    RawStr::new(text).percent_decode().map(Cow::into_owned).map_err(|_| {
        UrlError::new(
            "has percent signs that do not stand for UTF-8",
            "write a `%` of a user name, password or value as `%25`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> RedisUrl {
        RedisUrl::parse(url).unwrap_or_else(|fault| panic!("{url} {fault}"))
    }

    #[test]
    fn redis_url_is_split_into_its_parts() {
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
    fn redis_url_fault_names_problem_and_no_password() {
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
            let Err(fault) = RedisUrl::parse(url) else { panic!("{url} is accepted") };
            let fault = fault.to_string();
            assert!(fault.contains(expected), "{url} {fault}");
            assert!(!fault.contains("hunter"), "{url} {fault}");
        }
        assert!(RedisUrl::parse(&format!("redis://host/?prefix={}", "x".repeat(65))).is_err());
    }

    #[test]
    fn redis_url_fault_of_a_parameter_says_what_to_write() {
        for (url, expected) in [
            ("redis://host/?tls=on", "has the unknown parameter `tls`; write `prefix`, `ca`, `cert` or `key`"),
            ("redis://host/?Ca=ca.pem", "has an unknown parameter; write `prefix`, `ca`, `cert` or `key`; a `?` of"),
            (
                "redis-sentinel://host/?tls=on",
                "has the unknown parameter `tls`; write `master`, `sentinel_user`, `sentinel_password`, `prefix`, `ca`",
            ),
            ("rediss://host/?ca=a&ca=b", "has the parameter `ca` twice; remove one of them"),
            ("rediss://host/?ca=", "has an empty `ca`; write the path of a PEM file, or remove it"),
            ("rediss://host/?cert=&key=k", "has an empty `cert`; write the path of a PEM file, or remove it"),
            ("rediss://host/?cert=c", "has the parameter `cert` without `key`; write both of them, or none"),
            ("rediss://host/?key=k", "has the parameter `key` without `cert`; write both of them, or none"),
            ("redis://host/?ca=a", "names certificates, and its scheme is without TLS; write `rediss://`"),
            (
                "redis-sentinel://host/?master=x&ca=a",
                "names certificates, and its scheme is without TLS; write `rediss-sentinel://`",
            ),
            ("redis://host/?prefix=%0a", "has an invalid `prefix`; write at most 64 bytes after `prefix=`, without"),
            ("redis://host/?prefix=%ff", "has percent signs that do not stand for UTF-8; write a `%` of a user name"),
            (
                "redis-sentinel://host/",
                "does not name the primary that the Sentinels watch; write `?master=NAME`, with the name after",
            ),
        ] {
            let Err(fault) = RedisUrl::parse(url) else { panic!("{url} is accepted") };
            assert!(fault.to_string().starts_with(expected), "{url}: {fault}");
        }
        for name in ["master", "sentinel_user", "sentinel_password"] {
            let Err(fault) = RedisUrl::parse(&format!("redis://host/?{name}=x")) else { panic!("{name} is accepted") };
            let expected =
                format!("has the parameter `{name}`, which is for Sentinels; write `redis-sentinel://`, or remove it");
            assert_eq!(fault.to_string(), expected);
        }
    }

    #[test]
    fn redis_url_of_sentinels_has_its_own_port_and_login() {
        let url = "rediss-sentinel://bob:hunter2@one,two:1/3?master=shop&sentinel_user=eve&sentinel_password=swordfish";
        let url = parse(url);
        assert_eq!(url.to_string(), "rediss-sentinel://one:26379,two:1/3");
        let sentinel = url.sentinel.as_ref().expect("Sentinels");
        assert_eq!((sentinel.master.as_str(), sentinel.login.username.as_deref()), ("shop", Some("eve")));
        let told = format!("{url:?}");
        assert!(!told.contains("swordfish") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn redis_url_resolves_relative_paths() {
        let mut url = parse("rediss://host/?ca=ca.pem&cert=/etc/cert.pem&key=k/key.pem");
        url.resolve(Path::new("/srv/app"));
        assert_eq!(url.ca.as_deref(), Some(Path::new("/srv/app/ca.pem")));
        assert_eq!(url.identity, Some(("/etc/cert.pem".into(), "/srv/app/k/key.pem".into())));
    }
}
