//! Connections to the nodes of a cluster. The client library chooses the node for a command. This module makes the
//! connections.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::{ClusterConnection, Connect};
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisConnectionInfo,
    RedisError, RedisFuture,
};
use rocket::futures::FutureExt;

use super::connection::{ANSWER, CONNECT, Connection, Connector};

/// A cluster, and how to connect to its nodes.
pub(super) struct Cluster {
    client: ClusterClient,
    name: String,
    _connector: Arc<Connector>,
}

/// The maximum number of retries of a command, within its timeout, when slots move or nodes are lost.
const RETRIES: u32 = 6;

/// The connectors of all clusters of this process. The library passes only the address and the login of a node to
/// [`Connect`]. So the user name is the name of a connector here, which is passed with each connection. The real login
/// is in the connector.
static CONNECTORS: Mutex<BTreeMap<String, Weak<Connector>>> = Mutex::new(BTreeMap::new());

impl Cluster {
    pub(super) fn new(connector: Arc<Connector>, patience: Duration) -> Result<Self, RedisError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("cluster {}", COUNT.fetch_add(1, Ordering::Relaxed));
        let node = |(host, port): &(String, u16)| -> Result<ConnectionInfo, RedisError> {
            let info = ConnectionAddr::Tcp(host.clone(), *port).into_connection_info()?;
            Ok(info.set_redis_settings(RedisConnectionInfo::default().set_username(&name)))
        };
        let nodes: Vec<_> = connector.url.hosts.iter().map(node).collect::<Result<_, _>>()?;
        let client = ClusterClient::builder(nodes)
            .connection_timeout(CONNECT)
            .response_timeout(ANSWER)
            .overall_response_timeout(Some(patience))
            .retries(RETRIES)
            .build()?;
        let mut connectors = CONNECTORS.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.insert(name.clone(), Arc::downgrade(&connector));
        Ok(Cluster { client, name, _connector: connector })
    }

    pub(super) async fn connect(&self) -> Result<ClusterConnection<Connection>, RedisError> {
        self.client.get_async_generic_connection::<Connection>().await
    }
}

fn connector(name: &str) -> Option<Arc<Connector>> {
    CONNECTORS.lock().unwrap_or_else(PoisonError::into_inner).get(name)?.upgrade()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        CONNECTORS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl Connect for Connection {
    fn connect_with_config<'a, T>(info: T, _: AsyncConnectionConfig) -> RedisFuture<'a, Self>
    where
        T: IntoConnectionInfo + Send + 'a,
    {
        async move {
            let info = info.into_connection_info()?;
            let name = info.redis_settings().username().unwrap_or_default();
            match (connector(name), info.addr()) {
                (Some(connector), ConnectionAddr::Tcp(host, port)) => connector.node(host, *port).await,
                _ => Err((ErrorKind::Client, "the session store has been closed").into()),
            }
        }
        .boxed()
    }
}
