//! The checks of the server and its rights at launch.

use jwtauth::{RedisStore, SessionStore};

use super::server::Server;
use super::{advance, begin, step};

const RIGHTS: [&str; 13] = [
    "get",
    "hgetall",
    "hset",
    "del",
    "ttl",
    "expire",
    "time",
    "zadd",
    "zrange",
    "zrevrange",
    "zrem",
    "zscore",
    "evalsha",
];

#[rocket::async_test]
async fn launch_names_each_missing_right() {
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("redis://bob:hunter2@127.0.0.1:{}/", server.port);
    let all = RIGHTS.map(|right| format!("+{right}")).join(" ");
    let user = format!("ACL SETUSER bob reset on >hunter2 ~jwtauth:* {all} +eval +hello");
    for missing in RIGHTS.into_iter().chain(["eval"]) {
        assert_eq!(server.ask(&format!("{user} -{missing}")), "OK");
        let error = RedisStore::open(&url).await.expect_err("a right is missing");
        let told = format!("{error:?}");
        assert!(told.contains(&format!("lacks the rights `+{missing}`")), "{missing}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert_eq!(server.ask(&format!("{user} resetkeys ~jwtauth:session:*")), "OK");
    let error = RedisStore::open(&url).await.expect_err("a right is missing");
    assert!(format!("{error:?}").contains("lacks the rights `~jwtauth:*`"), "{error:?}");

    // The documented rights are sufficient, and the launch leaves no keys behind.
    assert_eq!(server.ask(&user), "OK");
    let store = RedisStore::open(&url).await.expect("a store");
    assert_eq!(server.ask("DBSIZE"), "0");
    let session = begin(&store, "alice").await;
    advance(&store, session.id, step(0)).await;
    assert_eq!(store.list("alice", 0).await.expect("list").len(), 1);
    assert_eq!(store.end_all("alice", None).await.expect("end_all").len(), 1);
}

#[rocket::async_test]
async fn launch_names_commands_that_are_disabled() {
    let Some(server) = Server::start(&["--rename-command", "EVALSHA", ""]) else { return };
    let error = RedisStore::open(&server.url()).await.expect_err("no scripts");
    let told = format!("{error:?}");
    assert!(told.contains("does not know `evalsha`") && told.contains("remove `rename-command`"), "{told}");
}
