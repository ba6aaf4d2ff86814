//! Finds the primary with Redis Sentinel.

use std::time::Duration;

use redis::{ErrorKind, RedisError};
use rocket::tokio::time::timeout;

use super::connection::{Connection, Connector, refused, timed_out};
use super::url::SentinelLogin;
use crate::session::stores::fault::StoreFault;

/// The timeout for one Sentinel and the primary that it names. After that, the next Sentinel is used.
const EACH: Duration = Duration::from_millis(1000);

/// Requests the primary from the Sentinels in turn, and connects to it. A Sentinel may have outdated data, so the
/// server itself must confirm that it is a primary.
pub(super) async fn primary(connector: &Connector) -> Result<Connection, RedisError> {
    let Some(sentinel) = &connector.url.sentinel else {
        return Err((ErrorKind::EmptySentinelList, "no Sentinel is named").into());
    };
    let mut failure = None;
    for (host, port) in &connector.url.hosts {
        let asking = async {
            let (host, port) = ask(connector, sentinel, host, *port).await?;
            connector.primary(&host, port).await
        };
        match timeout(EACH, asking).await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    Err(failure.unwrap_or_else(|| (ErrorKind::EmptySentinelList, "no Sentinel is named").into()))
}

async fn ask(
    connector: &Connector,
    sentinel: &SentinelLogin,
    host: &str,
    port: u16,
) -> Result<(String, u16), RedisError> {
    let (mut connection, greeting) = connector.connect(host, port, &sentinel.login).await?;
    if !greeting.is_sentinel() {
        return Err(refused(StoreFault::new(
            format!("{host}:{port} is not a Redis Sentinel"),
            "name Sentinels after `redis-sentinel://`, whose port is usually 26379; write `redis://` for a server",
        )));
    }
    let mut asked = redis::cmd("SENTINEL");
    asked.arg("GET-MASTER-ADDR-BY-NAME").arg(&sentinel.master);
    let found: Option<(String, u16)> = asked.query_async(&mut connection).await?;
    found.ok_or_else(|| {
        refused(StoreFault::new(
            format!("the Sentinel {host}:{port} knows no primary of the name in `master`"),
            "write the name after `sentinel monitor` in the Sentinels' configuration",
        ))
    })
}
