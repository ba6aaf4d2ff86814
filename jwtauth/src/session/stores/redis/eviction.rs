use super::connection::Connection;

/// Logs a warning if the server may drop sessions to free memory. There is no warning without the right to request
/// this.
pub(super) async fn warn_of_eviction(connection: &Connection) {
    let info: Result<String, _> = redis::cmd("INFO").arg("memory").query_async(&mut connection.clone()).await;
    if let Some(warning) = info.ok().as_deref().and_then(eviction) {
        rocket::warn!("jwtauth: {warning}");
    }
}

/// The warning about the policy in an answer to `INFO memory`.
fn eviction(info: &str) -> Option<String> {
    let policy = info.lines().find_map(|line| line.trim_end().strip_prefix("maxmemory_policy:"))?;
    (policy != "noeviction").then(|| {
        format!(
            "`sessions.url`: Redis has `maxmemory-policy {policy}` and drops sessions when its memory is full, which \
             logs users out; set `maxmemory-policy noeviction`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eviction_policy_that_may_drop_sessions_gives_warning() {
        let info = |policy: &str| format!("# Memory\r\nused_memory:1\r\nmaxmemory_policy:{policy}\r\nx:y\r\n");
        assert_eq!(eviction(&info("noeviction")), None);
        assert_eq!(eviction("# Memory\r\n"), None);
        for policy in ["allkeys-lru", "volatile-ttl"] {
            assert!(eviction(&info(policy)).unwrap().contains(policy));
        }
    }
}
