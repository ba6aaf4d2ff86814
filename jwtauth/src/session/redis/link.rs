use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind,
    TlsCertificates, Value,
};
use rocket::futures::future::{BoxFuture, FutureExt, Shared};
use rocket::tokio;

use super::super::StoreError;
use super::address::RedisAddress;

/// The way to a Redis: one connection for all tasks, or one to each node of a cluster. When it breaks, the next who
/// asks makes it anew; all that ask meanwhile wait for the same one.
pub(super) struct Link {
    address: RedisAddress,
    server: Server,
    current: Mutex<Attempt>,
}

/// The longest that a connection, with TLS and login, may take to be made.
const CONNECT: Duration = Duration::from_secs(2);
/// The longest that an answer may take.
const ANSWER: Duration = Duration::from_millis(1500);
/// The longest that a command may take with all of it: waiting for a connection, being sent again, following a slot
/// that moves to another node.
const PATIENCE: Duration = Duration::from_secs(4);
/// So often a command follows moving slots and comes back from lost nodes, within its time.
const CLUSTER_RETRIES: u32 = 6;

#[derive(Clone)]
enum Server {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// A connection that is being made, was made, or could not be made.
type Attempt = Shared<BoxFuture<'static, Result<Connection, RedisError>>>;

impl Link {
    /// Connects, and finds out what is there.
    pub(super) async fn open(address: RedisAddress) -> Result<Self, StoreError> {
        let servers = address.servers()?;
        let certificates = address.certificates()?;
        if certificates.is_some() {
            // rustls has no default where two providers are compiled in. Who has chosen one keeps it.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut failure = None;
        for info in &servers {
            let (client, connection) = match connect_single(info, certificates.as_ref()).await {
                Ok(connected) => connected,
                Err(error) => {
                    failure.get_or_insert(error);
                    continue;
                }
            };
            let server = match Greeting::ask(&connection, &address).await? {
                Greeting { cluster: true } => {
                    let builder = ClusterClient::builder(servers.clone())
                        .connection_timeout(CONNECT)
                        .response_timeout(ANSWER)
                        .overall_response_timeout(Some(PATIENCE))
                        .retries(CLUSTER_RETRIES);
                    let client = build(builder, certificates.as_ref());
                    Server::Cluster(Box::new(client.map_err(|error| address.fault("can't use the cluster", &error))?))
                }
                Greeting { cluster: false } if servers.len() > 1 => {
                    let said = "several hosts are named, and this one is no node of a cluster";
                    return Err(address.fault("can't use this server", &said));
                }
                Greeting { cluster: false } => Server::Single(Box::new(client)),
            };
            let attempt = match &server {
                Server::Single(_) => std::future::ready(Ok(Connection::Single(connection))).boxed().shared(),
                Server::Cluster(_) => server.attempt(),
            };
            attempt.clone().await.map_err(|error| address.fault("can't connect to the cluster", &error))?;
            return Ok(Link { address, server, current: Mutex::new(attempt) });
        }
        let failure = failure.map_or_else(|| "no server is named".into(), |error| error.to_string());
        Err(address.fault("can't connect", &failure))
    }

    /// Asks the server. What is asked may be done twice, if a connection breaks.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let answer = self.send(command).await.and_then(|value| Ok(redis::from_redis_value(value)?));
        answer.map_err(|error| self.address.fault("can't ask", &error))
    }

    /// Runs a script over one key. It may be run twice, if a connection breaks.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Step,
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
            // The server was started anew, or its scripts were flushed. From now on it knows this one.
            answer = self.send(&command("EVAL", script.text)).await;
        }
        let answer = answer.and_then(|value| Ok(redis::from_redis_value(value)?));
        answer.map_err(|error| self.address.fault("can't run a script", &error))
    }

    async fn send(&self, command: &Cmd) -> Result<Value, RedisError> {
        let sending = async {
            // What a connection broke under is sent once more, on a new one.
            let mut again = true;
            loop {
                let attempt = self.current();
                let mut connection = attempt.clone().await?;
                let answer = match &mut connection {
                    Connection::Single(connection) => command.query_async(connection).await,
                    // It sees to its connections itself, and sends again; one lost node is no reason to leave the others.
                    Connection::Cluster(connection) => return command.query_async(connection).await,
                };
                match answer {
                    Err(error) if is_broken(&error) => {
                        self.replace(&attempt);
                        // What has already taken its time is not waited for once more.
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

    /// The connection; a new one, if the last could not be made.
    fn current(&self) -> Attempt {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(current.peek(), Some(Err(_))) {
            *current = self.server.attempt();
        }
        current.clone()
    }

    /// Begins to make a new connection in place of this one, unless somebody has done so before.
    fn replace(&self, broken: &Attempt) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.ptr_eq(broken) {
            *current = self.server.attempt();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.address, f)
    }
}

impl Server {
    /// Connects, in a task of its own: whoever waits for it may go away.
    fn attempt(&self) -> Attempt {
        let server = self.clone();
        let task = tokio::spawn(tokio::time::timeout(CONNECT, async move {
            match server {
                Server::Single(client) => {
                    let connection = client.get_multiplexed_async_connection_with_config(&timeouts()).await?;
                    Ok(Connection::Single(connection))
                }
                Server::Cluster(client) => Ok(Connection::Cluster(client.get_async_connection().await?)),
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

/// A script, and its name in the server.
pub(super) struct Step {
    text: &'static str,
    script: LazyLock<Script>,
}

macro_rules! step {
    ($name:ident, $file:literal) => {
        step!($name, include_str!($file));
    };
    // With what all scripts over rows begin with.
    ($name:ident, row $file:literal) => {
        step!($name, concat!(include_str!("row.lua"), include_str!($file)));
    };
    ($name:ident, $text:expr) => {
        pub(super) static $name: Step = Step { text: $text, script: LazyLock::new(|| Script::new($text)) };
    };
}

step!(BEGIN, row "begin.lua");
step!(GET, row "get.lua");
step!(ADVANCE, row "advance.lua");
step!(END, row "end.lua");
step!(FORGET, row "forget.lua");
step!(INDEXED, row "indexed.lua");
step!(ENTER, "enter.lua");
step!(TIDY, "tidy.lua");

impl Step {
    fn hash(&self) -> &str {
        self.script.get_hash()
    }
}

/// What a server says of itself.
struct Greeting {
    cluster: bool,
}

impl Greeting {
    async fn ask(connection: &MultiplexedConnection, address: &RedisAddress) -> Result<Self, StoreError> {
        // Redis 5 has no HELLO. With no argument it changes nothing, and every user may ask it.
        let hello: Result<Vec<Value>, _> = redis::cmd("HELLO").query_async(&mut connection.clone()).await;
        let hello = hello.map_err(|error| match error.code() {
            Some("ERR") => address.fault("the server is not Redis 6 or newer, nor Valkey", &error),
            _ => address.fault("can't connect", &error),
        })?;
        let text = |name: &str| {
            let mut pairs = hello.chunks_exact(2);
            let value = pairs.find(|pair| String::from_redis_value_ref(&pair[0]).is_ok_and(|found| found == name))?;
            String::from_redis_value_ref(&value[1]).ok()
        };
        match text("role").as_deref() {
            // A replica would tell of sessions that have ended.
            Some("slave" | "replica") if text("mode").as_deref() != Some("cluster") => {
                Err(address.fault("can't use this server", &"it is a replica, which can be read only"))
            }
            _ => Ok(Greeting { cluster: text("mode").as_deref() == Some("cluster") }),
        }
    }
}

async fn connect_single(
    info: &ConnectionInfo,
    certificates: Option<&TlsCertificates>,
) -> Result<(Client, MultiplexedConnection), RedisError> {
    let client = match certificates {
        Some(certificates) => Client::build_with_tls(info.clone(), certificates.clone())?,
        None => Client::open(info.clone())?,
    };
    let timeouts = timeouts();
    let connecting = client.get_multiplexed_async_connection_with_config(&timeouts);
    let connection = tokio::time::timeout(CONNECT, connecting).await.unwrap_or_else(|_| Err(timed_out()))?;
    Ok((client, connection))
}

fn build(builder: ClusterClientBuilder, certificates: Option<&TlsCertificates>) -> Result<ClusterClient, RedisError> {
    match certificates {
        Some(certificates) => builder.certs(certificates.clone()).build(),
        None => builder.build(),
    }
}

fn timeouts() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(ANSWER))
}

fn timed_out() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// Whether another connection may do better: this one is lost, or silent, or leads to a server that was primary once.
fn is_broken(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
}
