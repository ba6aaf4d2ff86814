use redis::aio::ConnectionLike;
use redis::{FromRedisValue, RedisError, Value};

use crate::session::stores::fault::StoreFault;

/// The server's description of itself in its answer to `HELLO`. Every user may send that command.
pub(super) struct Greeting {
    mode: Option<String>,
    role: Option<String>,
}

impl Greeting {
    pub(super) async fn ask(connection: &mut impl ConnectionLike) -> Result<Self, RedisError> {
        // Without an argument, the command changes nothing.
        let answer = redis::cmd("HELLO").query_async(connection).await?;
        Ok(Greeting::read(&answer))
    }

    fn read(answer: &Value) -> Self {
        let pairs: Vec<Value> = Vec::from_redis_value_ref(answer).unwrap_or_default();
        let text = |name: &str| {
            let mut pairs = pairs.chunks_exact(2);
            let value = pairs.find(|pair| String::from_redis_value_ref(&pair[0]).is_ok_and(|found| found == name))?;
            String::from_redis_value_ref(&value[1]).ok()
        };
        Greeting { mode: text("mode"), role: text("role") }
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.mode.as_deref() == Some("cluster")
    }

    pub(super) fn is_sentinel(&self) -> bool {
        self.mode.as_deref() == Some("sentinel")
    }

    pub(super) fn is_replica(&self) -> bool {
        matches!(self.role.as_deref(), Some("slave" | "replica"))
    }

    /// Checks that the server is a primary that belongs to no cluster.
    pub(super) fn check_primary(&self, host: &str, port: u16) -> Result<(), StoreFault> {
        if self.is_sentinel() {
            return Err(StoreFault::new(
                format!("{host}:{port} is a Redis Sentinel, which keeps no data"),
                "write `redis-sentinel://HOST:26379/?master=NAME`, or the address of the primary",
            ));
        }
        if self.is_cluster() {
            return Err(StoreFault::new(
                format!("{host}:{port} belongs to a cluster now"),
                "start the application again",
            ));
        }
        // A replica would report sessions that have ended as alive.
        if self.is_replica() {
            return Err(StoreFault::new(
                format!("{host}:{port} is a replica, and sessions need the primary"),
                "write the address of the primary, or `redis-sentinel://…` where it can change",
            ));
        }
        Ok(())
    }

    /// Checks that the server is a node of a cluster.
    pub(super) fn check_node(&self, host: &str, port: u16) -> Result<(), StoreFault> {
        if self.is_cluster() {
            return Ok(());
        }
        Err(StoreFault::new(
            format!("{host}:{port} is not a node of the cluster"),
            "name only nodes of one cluster, or one server",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(mode: &str, role: &str) -> Greeting {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        Greeting::read(&Value::Array(vec![
            text("proto"),
            Value::Int(2),
            text("mode"),
            text(mode),
            text("role"),
            text(role),
        ]))
    }

    #[test]
    fn redis_greeting_accepts_only_primary_outside_of_cluster() {
        for (mode, role, expected) in [
            ("standalone", "master", None),
            ("standalone", "slave", Some("replica")),
            ("standalone", "replica", Some("replica")),
            ("sentinel", "", Some("redis-sentinel://")),
            ("cluster", "master", Some("cluster")),
        ] {
            let told = greeting(mode, role).check_primary("db", 1).err().map(|fault| fault.to_string());
            assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
            assert!(expected.is_none_or(|expected| told.unwrap().contains(expected)));
        }
        assert!(greeting("cluster", "slave").check_node("db", 1).is_ok());
        assert!(greeting("standalone", "master").check_node("db", 1).is_err());
    }
}
