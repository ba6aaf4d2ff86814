//! The checks at the start of the application. They find a missing right before the first login does.

use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind};

use super::scripts;
use super::sessions::Sessions;
use crate::session::StoreError;

/// Commands with arguments that change nothing if there is no such key. `KEY` stands for the key.
const HARMLESS: [(&str, &[&str]); 14] = [
    ("GET", &["KEY"]),
    ("DEL", &["KEY"]),
    ("HGETALL", &["KEY"]),
    // A field without a value is refused, but only after the right has been checked.
    ("HSET", &["KEY", "field", "value", "field"]),
    ("TTL", &["KEY"]),
    ("EXPIRE", &["KEY", "1"]),
    ("TIME", &[]),
    ("ZADD", &["KEY", "XX", "0", "x"]),
    ("ZRANGE", &["KEY", "0", "0"]),
    ("ZREVRANGE", &["KEY", "0", "0"]),
    ("ZREM", &["KEY", "x"]),
    ("ZSCORE", &["KEY", "x"]),
    ("EVAL", &["return 1", "1", "KEY"]),
    ("EVALSHA", &["0000000000000000000000000000000000000000", "1", "KEY"]),
];

/// The commands that are sent outside of scripts.
const DIRECT: [&str; 3] = ["ZRANGE", "EVAL", "EVALSHA"];

/// Sends each command of the store once, with keys that do not exist. The error names the missing rights.
pub(super) async fn check_rights(sessions: &Sessions, keys: [String; 2]) -> Result<(), StoreError> {
    let (mut forbidden, mut unknown, mut keys_forbidden) = (Vec::new(), Vec::new(), false);
    for (name, arguments) in HARMLESS.iter().filter(|(name, _)| is_used(name)) {
        for key in &keys {
            match sessions.link.send(&command(name, arguments, key)).await {
                Err(error) if is_about_keys(&error) => keys_forbidden = true,
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => forbidden.push(*name),
                Err(error) if is_unknown(&error) => unknown.push(*name),
                // These errors are expected: the script does not exist, and a field has no value.
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {}
                Err(_) if *name == "HSET" => {}
                Err(error) => {
                    return Err(sessions.link.error(&format!("cannot send `{}`", name.to_lowercase()), &error));
                }
                Ok(_) => {}
            }
        }
    }
    forbidden.dedup();
    unknown.dedup();
    let listed = |names: &[&str], sign: &str| {
        names.iter().map(|name| format!("{sign}{}", name.to_lowercase())).collect::<Vec<_>>()
    };
    let url = sessions.link.url();
    if keys_forbidden || !forbidden.is_empty() {
        let keys = format!("~{}*", url.prefix);
        let mut missing = listed(&forbidden, "+");
        if keys_forbidden {
            missing.insert(0, keys);
        }
        let missing = missing.join(" ");
        return Err(url.fault(
            &format!("the user of the URL lacks the rights `{missing}`"),
            &format!("`ACL SETUSER USER {missing}` gives them; `RedisStore` lists all that are needed"),
        ));
    }
    if !unknown.is_empty() {
        let unknown = listed(&unknown, "").join("`, `");
        return Err(url.fault(
            &format!("the server does not know `{unknown}`"),
            "remove `rename-command` from its configuration, or use a server that has these commands",
        ));
    }
    Ok(())
}

fn is_used(name: &str) -> bool {
    DIRECT.contains(&name) || scripts::ALL.iter().any(|script| called(script.text()).any(|called| called == name))
}

/// The names of the commands that a script calls.
fn called(script: &str) -> impl Iterator<Item = &str> {
    let calls = ["redis.call('", "redis.pcall('"].into_iter().flat_map(|call| script.split(call).skip(1));
    calls.filter_map(|rest| rest.split('\'').next())
}

fn command(name: &str, arguments: &[&str], key: &str) -> Cmd {
    let mut command = redis::cmd(name);
    for argument in arguments {
        command.arg(if *argument == "KEY" { key } else { argument });
    }
    command
}

/// Redis uses `NOPERM` for commands and for keys. For commands, the text contains the command.
fn is_about_keys(error: &RedisError) -> bool {
    let text = error.to_string();
    error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) && text.contains("key") && !text.contains("to run the")
}

fn is_unknown(error: &RedisError) -> bool {
    error.code() == Some("ERR") && error.to_string().to_lowercase().contains("unknown command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_rights_check_covers_all_commands_of_scripts() {
        for script in scripts::ALL {
            assert!(called(script.text()).count() > 0);
            for name in called(script.text()) {
                assert!(HARMLESS.iter().any(|(known, _)| *known == name), "`{name}` is missing in HARMLESS");
            }
        }
        assert!(DIRECT.iter().all(|name| HARMLESS.iter().any(|(known, _)| known == name)));
    }
}
