//! Connects to a Redis server, and runs commands on the connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, RedisError, RedisFuture, Value};
use rocket::futures::future::{BoxFuture, Either, FutureExt, Shared, select, select_ok};
use rocket::tokio::net::{TcpStream, lookup_host};
use rocket::tokio::task::{AbortHandle, JoinHandle, unconstrained};
use rocket::tokio::{self, time::timeout};
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::greeting::Greeting;
use super::url::{Login, RedisUrl};
use crate::session::stores::fault::StoreFault;
use crate::tls::client_config;

/// The timeout for making a connection, with TLS and login.
pub(super) const CONNECT: Duration = Duration::from_secs(2);
/// The timeout for an answer.
pub(super) const ANSWER: Duration = Duration::from_millis(1500);

/// Makes connections. This code connects instead of the client library, because the library uses the TLS provider of
/// the process, which belongs to the application.
pub(super) struct Connector {
    pub(super) url: RedisUrl,
    tls: Option<TlsConnector>,
}

/// A connection to one server, shared by all tasks. It is closed when its last clone is dropped.
#[derive(Clone)]
pub(super) struct Connection {
    shared: MultiplexedConnection,
    driver: Arc<Driver>,
}

/// The task that reads and writes.
struct Driver {
    task: AbortHandle,
    ended: Shared<BoxFuture<'static, ()>>,
}

impl Connector {
    /// Reads the files in the URL.
    pub(super) fn new(url: RedisUrl) -> Result<Self, StoreFault> {
        let tls = match url.tls {
            true => {
                let roots = url.ca.as_deref().map(|path| ("ca", path));
                let identity = url.identity.as_ref().map(|(cert, key)| (("cert", &**cert), ("key", &**key)));
                Some(TlsConnector::from(Arc::new(client_config(roots, identity)?)))
            }
            false => None,
        };
        Ok(Connector { url, tls })
    }

    /// Connects to a server that can keep sessions: a primary that belongs to no cluster.
    pub(super) async fn primary(&self, host: &str, port: u16) -> Result<Connection, RedisError> {
        let (connection, greeting) = self.connect(host, port, &self.url.login).await?;
        greeting.check_primary(host, port).map_err(refused)?;
        self.select(&connection).await?;
        Ok(connection)
    }

    /// Connects to a node of a cluster. It may be a replica, because replicas redirect all commands.
    pub(super) async fn node(&self, host: &str, port: u16) -> Result<Connection, RedisError> {
        let (connection, greeting) = self.connect(host, port, &self.url.login).await?;
        greeting.check_node(host, port).map_err(refused)?;
        Ok(connection)
    }

    /// Connects to any server, and requests its role.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        login: &Login,
    ) -> Result<(Connection, Greeting), RedisError> {
        let connecting = async {
            let mut connection = self.open(host, port, login).await?;
            let greeting = Greeting::ask(&mut connection).await?;
            Ok((connection, greeting))
        };
        timeout(CONNECT, connecting).await.unwrap_or_else(|_| Err(timed_out()))
    }

    /// Selects the database in the URL.
    pub(super) async fn select(&self, connection: &Connection) -> Result<(), RedisError> {
        if self.url.database == 0 {
            return Ok(());
        }
        redis::cmd("SELECT").arg(self.url.database).query_async(&mut connection.clone()).await
    }

    async fn open(&self, host: &str, port: u16, login: &Login) -> Result<Connection, RedisError> {
        let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        if let Some(username) = &login.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &login.password {
            settings = settings.set_password(password);
        }
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
        let stream = tcp(host, port).await?;
        let (shared, driver) = match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
                let stream = tls.connect(name, stream).await?;
                let (shared, driver) = MultiplexedConnection::new_with_config(&settings, stream, config).await?;
                (shared, tokio::spawn(driver))
            }
            None => {
                let (shared, driver) = MultiplexedConnection::new_with_config(&settings, stream, config).await?;
                (shared, tokio::spawn(driver))
            }
        };
        Ok(Connection { shared, driver: Arc::new(Driver::new(driver)) })
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses: Vec<_> =
        lookup_host((host, port)).await?.map(|address| Box::pin(TcpStream::connect(address))).collect();
    if addresses.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
    }
    let stream = select_ok(addresses).await?.0;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The error for a server that was reached but cannot be used.
pub(super) fn refused(fault: StoreFault) -> RedisError {
    io::Error::other(fault).into()
}

pub(super) fn timed_out() -> RedisError {
    io::Error::from(io::ErrorKind::TimedOut).into()
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let ended = self.driver.ended.clone();
        answer(self.shared.req_packed_command(cmd), ended).boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let ended = self.driver.ended.clone();
        answer(self.shared.req_packed_commands(pipeline, offset, count), ended).boxed()
    }

    fn get_db(&self) -> i64 {
        self.shared.get_db()
    }
}

impl Driver {
    fn new(task: JoinHandle<()>) -> Self {
        Driver { task: task.abort_handle(), ended: task.map(drop).boxed().shared() }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer to a request, or an error if the driver ends without answering it. A request that reaches the driver in
/// the moment in which it ends would otherwise wait until the timeout, because the channel between them may keep it.
async fn answer<T>(answering: RedisFuture<'_, T>, ended: Shared<BoxFuture<'static, ()>>) -> Result<T, RedisError> {
    match select(answering, ended).await {
        Either::Left((answer, _)) => answer,
        // The requests that the driver had received are answered before it has ended. The budget of the task must not
        // hide an answer: the request would be sent again.
        Either::Right(((), answering)) => unconstrained(answering).now_or_never().unwrap_or_else(|| Err(closed())),
    }
}

fn closed() -> RedisError {
    io::Error::from(io::ErrorKind::BrokenPipe).into()
}

#[cfg(test)]
mod tests {
    use std::future::{poll_fn, ready};
    use std::task::Poll;

    use super::*;

    #[rocket::async_test]
    async fn request_that_an_ended_driver_keeps_is_an_error() {
        let (client, _server) = tokio::io::duplex(1024);
        let (settings, config) = (RedisConnectionInfo::default().set_skip_set_lib_name(), AsyncConnectionConfig::new());
        let config = config.set_response_timeout(Some(ANSWER));
        // The real driver is kept and never runs, like the channel of a driver that has ended.
        let (shared, _kept) =
            MultiplexedConnection::new_with_config(&settings, client, config).await.expect("a connection");
        let driver = Arc::new(Driver::new(tokio::spawn(ready(()))));
        let mut connection = Connection { shared, driver };
        let error = connection.req_packed_command(&redis::cmd("PING")).await.expect_err("no answer");
        assert!(error.is_io_error() && !error.is_timeout(), "{error:?}");
        let pipeline = redis::pipe().cmd("PING").to_owned();
        let error = connection.req_packed_commands(&pipeline, 0, 1).await.expect_err("no answer");
        assert!(error.is_io_error() && !error.is_timeout(), "{error:?}");
    }

    #[rocket::async_test]
    async fn answer_counts_that_came_while_the_driver_ended() {
        let mut polls = 0;
        let answering: RedisFuture<'_, Value> = poll_fn(|_| {
            polls += 1;
            if polls == 1 { Poll::Pending } else { Poll::Ready(Ok(Value::Okay)) }
        })
        .boxed();
        assert_eq!(answer(answering, ready(()).boxed().shared()).await.expect("an answer"), Value::Okay);
        assert_eq!(polls, 2);
    }
}
