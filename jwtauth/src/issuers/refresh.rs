use std::future::{Future, ready};
use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;

use crate::background::repeat;
use crate::jwtauth::JwtAuth;

/// Keeps the keys of the issuers fresh until the application shuts down or is gone, so that no request waits for
/// them. An issuer of whom no token has come yet is left alone.
pub(crate) fn refresh_in_time(jwtauth: &JwtAuth, shutdown: Shutdown) {
    if jwtauth.trusts_others() {
        drop(refresh_after(pause, jwtauth, shutdown));
    }
}

/// How long to sleep, if keys are due in so many seconds. While this sleeps, others may be fetched for the first time,
/// which are not due sooner than after 48 seconds.
fn pause(due_in: Option<u64>) -> Duration {
    Duration::from_secs(due_in.unwrap_or(u64::MAX).clamp(1, 20))
}

fn refresh_after(
    pause: fn(Option<u64>) -> Duration,
    jwtauth: &JwtAuth,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    repeat(jwtauth.downgrade(), shutdown, pause(None), move |jwtauth| {
        let next = pause(jwtauth.issuers().refresh());
        ready(next)
    })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;

    use rocket::figment::providers::Serialized;
    use rocket::local::asynchronous::Client;
    use rocket::tokio;

    use super::*;
    use crate::clock::Clock;

    /// An issuer that tells when it is asked for its keys.
    fn issuer() -> (String, Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
            let body = format!("{{\"keys\":[{key}]}}");
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(&stream);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                    line.clear();
                }
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes());
                let _ = sender.send(());
            }
        });
        (address, receiver)
    }

    async fn client(address: &str, clock: &Clock, eager: bool) -> Client {
        let issuer = serde_json::json!({ "issuer": "id", "audience": "us", "jwks_uri": address, "eager": eager });
        let figment = rocket::Config::figment()
            .merge(Serialized::default("jwtauth", serde_json::json!({ "issuers": [issuer] })).profile("default"))
            .merge(Serialized::default("log_level", "off").profile("default"));
        let fairing = JwtAuth::fairing().clock(clock.clone());
        Client::untracked(rocket::custom(figment).attach(fairing)).await.expect("a launch")
    }

    fn at_once(_: Option<u64>) -> Duration {
        Duration::ZERO
    }

    #[rocket::async_test]
    async fn keys_are_fetched_before_they_run_out() {
        let (address, asked) = issuer();
        let clock = Clock::manual(1000);
        let client = client(&address, &clock, true).await;
        asked.recv().expect("at the launch");
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        let task = refresh_after(at_once, jwtauth, client.rocket().shutdown());
        for _ in 0..3 {
            // 10 minutes, less a fifth.
            assert_eq!(jwtauth.issuers().refresh(), Some(480));
            clock.advance(Duration::from_secs(479));
            assert_eq!(jwtauth.issuers().refresh(), Some(1));
            assert!(asked.try_recv().is_err());
            clock.advance(Duration::from_secs(1));
            asked.recv().expect("in time");
            while jwtauth.issuers().refresh() == Some(0) {
                tokio::task::yield_now().await;
            }
        }
        client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn who_has_sent_no_token_is_left_alone() {
        let (address, asked) = issuer();
        let client = client(&address, &Clock::manual(1000), false).await;
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        assert_eq!(jwtauth.issuers().refresh(), None);
        assert!(asked.try_recv().is_err());
    }

    #[rocket::async_test]
    async fn it_ends_with_the_application() {
        let (address, _asked) = issuer();
        let client = client(&address, &Clock::manual(1000), true).await;
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        let task = refresh_after(at_once, jwtauth, client.rocket().shutdown());
        drop(client);
        task.await.expect("it ends");
    }

    #[test]
    fn it_sleeps_neither_too_long_nor_not_at_all() {
        assert_eq!([None, Some(0), Some(7), Some(480)].map(pause).map(|pause| pause.as_secs()), [20, 1, 7, 20]);
    }
}
