use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::cluster_async::ClusterConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};
use rocket::futures::future::{BoxFuture, FutureExt, Shared};
use rocket::tokio;

use super::cluster::Cluster;
use super::connection::{CONNECT, Connection, Connector, timed_out};
use super::eviction::warn_of_eviction;
use super::greeting::Greeting;
use super::scripts::Script;
use super::sentinel;
use super::url::RedisUrl;
use crate::session::StoreError;

/// The connection to Redis: one for all tasks, or one to each node of a cluster. If it breaks, the next caller replaces
/// it. Callers in the meantime wait for the same new connection. Each new connection is checked: a replica is an error.
pub(super) struct Link {
    connector: Arc<Connector>,
    server: Server,
    current: Mutex<Attempt>,
}

/// The timeout for a whole command, including the wait for a connection, retries, and redirects to another node.
const PATIENCE: Duration = Duration::from_secs(4);
/// The timeout for finding the primary with the Sentinels. Each of them may be unavailable.
const FIND: Duration = Duration::from_secs(3);

#[derive(Clone)]
enum Server {
    Single { host: String, port: u16 },
    Sentinel,
    Cluster(Arc<Cluster>),
}

#[derive(Clone)]
enum Way {
    Single(Connection),
    Cluster(ClusterConnection<Connection>),
}

/// A connection that is being made, has been made, or could not be made.
type Attempt = Shared<BoxFuture<'static, Result<Way, RedisError>>>;

impl Link {
    /// Connects, and detects the type of the server.
    pub(super) async fn open(url: RedisUrl) -> Result<Self, StoreError> {
        let connector = Arc::new(Connector::new(url)?);
        let url = &connector.url;
        if url.sentinel.is_some() {
            let link = Link::to(Server::Sentinel, &connector).await?;
            if let Ok(Way::Single(primary)) = link.current().await {
                warn_of_eviction(&primary).await;
            }
            return Ok(link);
        }
        let mut failure = None;
        for (host, port) in &url.hosts {
            let (connection, greeting) = match connector.connect(host, *port, &url.login).await {
                Ok(connected) => connected,
                Err(error) => {
                    failure.get_or_insert(error);
                    continue;
                }
            };
            let server = if greeting.is_cluster() {
                if url.database != 0 {
                    let remedy = format!("remove `/{}` from the URL", url.database);
                    return Err(url.fault("a cluster has only the database 0", &remedy));
                }
                let cluster = Cluster::new(Arc::clone(&connector), PATIENCE);
                Server::Cluster(Arc::new(cluster.map_err(|error| url.error("cannot use the cluster", &error))?))
            } else {
                let fit = greeting.check_primary(host, *port);
                fit.map_err(|fault| url.fault(&fault.problem, &fault.remedy))?;
                if url.hosts.len() > 1 {
                    return Err(url.fault(
                        &format!("several hosts are named, and {host}:{port} is not a node of a cluster"),
                        "name one server, only nodes of one cluster, or Sentinels after `redis-sentinel://`",
                    ));
                }
                Server::Single { host: host.clone(), port: *port }
            };
            let link = Link::to(server, &connector).await?;
            warn_of_eviction(&connection).await;
            return Ok(link);
        }
        let failure = failure.unwrap_or_else(|| (ErrorKind::InvalidClientConfig, "no server is named").into());
        Err(url.error("cannot connect", &failure))
    }

    async fn to(server: Server, connector: &Arc<Connector>) -> Result<Self, StoreError> {
        let attempt = server.attempt(connector);
        attempt.clone().await.map_err(|error| connector.url.error("cannot connect", &error))?;
        Ok(Link { connector: Arc::clone(connector), server, current: Mutex::new(attempt) })
    }

    /// Sends a command to the server. It may run twice if a connection breaks.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let answer = self.send(command).await.and_then(|value| Ok(redis::from_redis_value(value)?));
        answer.map_err(|error| self.error("cannot ask", &error))
    }

    /// Runs a script with one key. It may run twice if a connection breaks.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        arguments: &[impl AsRef<[u8]> + Sync],
    ) -> Result<T, StoreError> {
        let command = |name: &str, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(key);
            for argument in arguments {
                command.arg(argument.as_ref());
            }
            command
        };
        let mut answer = self.send(&command("EVALSHA", script.hash())).await;
        if matches!(&answer, Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)) {
            // The server was restarted, or its scripts were flushed. This call loads the script again.
            answer = self.send(&command("EVAL", script.text())).await;
        }
        let answer = answer.and_then(|value| Ok(redis::from_redis_value(value)?));
        answer.map_err(|error| self.error("cannot run a script", &error))
    }

    pub(super) fn error(&self, what: &str, error: &RedisError) -> StoreError {
        self.connector.url.error(what, error)
    }

    pub(super) fn url(&self) -> &RedisUrl {
        &self.connector.url
    }

    /// Sends a command, and checks in the same round trip whether the server is still a primary. A replica refuses
    /// writes, but answers reads with data that may be old.
    pub(super) async fn send(&self, command: &Cmd) -> Result<Value, RedisError> {
        let sending = async {
            // If the connection breaks, the command is sent once more on a new one.
            let mut again = true;
            loop {
                let attempt = self.current();
                let answer = match attempt.clone().await? {
                    Way::Single(connection) => checked(connection, command).await,
                    // The cluster client manages its own connections and retries. One lost node is no reason to close
                    // the connections to the others. Its replicas redirect all commands.
                    Way::Cluster(mut connection) => return command.query_async(&mut connection).await,
                };
                match answer {
                    Err(error) if is_broken(&error) => {
                        self.replace(&attempt);
                        // A command that has timed out is not sent again.
                        if !again || error.is_timeout() {
                            return Err(error);
                        }
                        again = false;
                    }
                    answer => return answer,
                }
            }
        };
        tokio::time::timeout(PATIENCE, sending).await.unwrap_or_else(|_| Err(timed_out()))
    }

    /// The current connection, or a new one if the last could not be made.
    fn current(&self) -> Attempt {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(current.peek(), Some(Err(_))) {
            *current = self.server.attempt(&self.connector);
        }
        current.clone()
    }

    /// Replaces this connection with a new one, unless another caller has already done so.
    fn replace(&self, broken: &Attempt) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.ptr_eq(broken) {
            *current = self.server.attempt(&self.connector);
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.url(), f)
    }
}

impl Server {
    /// Connects in a separate task, because the caller's future may be dropped.
    fn attempt(&self, connector: &Arc<Connector>) -> Attempt {
        let (server, connector) = (self.clone(), Arc::clone(connector));
        let limit = if matches!(server, Server::Sentinel) { FIND } else { CONNECT };
        let task = tokio::spawn(tokio::time::timeout(limit, async move {
            match server {
                Server::Single { host, port } => connector.primary(&host, port).await.map(Way::Single),
                Server::Sentinel => sentinel::primary(&connector).await.map(Way::Single),
                Server::Cluster(cluster) => cluster.connect().await.map(Way::Cluster),
            }
        }));
        let connected = async {
            match task.await {
                Ok(Ok(connected)) => connected,
                Ok(Err(_)) => Err(timed_out()),
                Err(_) => Err((ErrorKind::Io, "the runtime is shutting down").into()),
            }
        };
        connected.boxed().shared()
    }
}

/// The answer of the server, if it reports that it is a primary.
async fn checked(connection: Connection, command: &Cmd) -> Result<Value, RedisError> {
    let (mut first, mut second) = (connection.clone(), connection);
    // The two commands are sent together, in this order.
    let (greeting, answer) = tokio::join!(Greeting::ask(&mut first), command.query_async(&mut second));
    if greeting?.is_replica() {
        return Err((ErrorKind::Server(ServerErrorKind::ReadOnly), "the server has become a replica").into());
    }
    answer
}

/// Whether a new connection may help: this one is lost or does not answer, or its server is no longer a primary.
fn is_broken(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
}
