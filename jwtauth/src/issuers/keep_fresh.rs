use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, select, time::sleep};

use super::registry::Issuers;

/// Fetches the keys of the issuers again before they expire, so that no request waits for them. Ends when the
/// application shuts down or is dropped. The keys of an issuer are fetched for the first time when a token names it.
pub(crate) fn keep_fresh(issuers: &Arc<Issuers>, shutdown: Shutdown) {
    if !issuers.is_empty() {
        drop(fetch_after(pause, issuers, shutdown));
    }
}

/// The pause if keys are due in this many seconds. Other keys may be fetched for the first time during the pause. They
/// are due after 48 seconds at the earliest.
fn pause(due_in: Option<u64>) -> Duration {
    Duration::from_secs(due_in.unwrap_or(u64::MAX).clamp(1, 20))
}

fn fetch_after(pause: fn(Option<u64>) -> Duration, issuers: &Arc<Issuers>, mut shutdown: Shutdown) -> JoinHandle<()> {
    // A weak reference, so that this loop does not keep an application alive that is dropped without a shutdown, as in
    // tests.
    let issuers = Arc::downgrade(issuers);
    tokio::spawn(async move {
        let mut due_in = None;
        loop {
            select! {
                () = &mut shutdown => break,
                () = sleep(pause(due_in)) => {}
            }
            let Some(issuers) = issuers.upgrade() else { break };
            due_in = issuers.fetch_due();
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;

    use rocket::local::asynchronous::Client;

    use super::*;
    use crate::clock::Clock;
    use crate::issuers::key_source::Source;
    use crate::issuers::settings::IssuerSettings;
    use crate::issuers::tests::settings;
    use crate::issuers::url::Url;

    /// An issuer that reports when its keys are fetched.
    fn issuer() -> (String, Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/jwks", listener.local_addr().expect("an address"));
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
        (url, receiver)
    }

    async fn issuers(url: &str, clock: &Clock, eager: bool) -> Arc<Issuers> {
        let source = Source::Set(Url::parse(url, None).expect("a URL"));
        let settings = IssuerSettings { eager, ..settings(source) };
        Arc::new(Issuers::launch(vec![settings], clock).await.unwrap_or_else(|_| panic!("a launch")))
    }

    /// The shutdown handle of an application that runs as long as the client.
    async fn application() -> (Client, Shutdown) {
        let figment = rocket::Config::figment().merge(("log_level", "off"));
        let client = Client::untracked(rocket::custom(figment)).await.expect("a launch");
        let shutdown = client.rocket().shutdown();
        (client, shutdown)
    }

    fn at_once(_: Option<u64>) -> Duration {
        Duration::ZERO
    }

    #[rocket::async_test]
    async fn fetching_is_in_time_before_keys_expire() {
        let (url, asked) = issuer();
        let clock = Clock::manual(1000);
        let issuers = issuers(&url, &clock, true).await;
        asked.recv().expect("at the launch");
        let (_client, shutdown) = application().await;
        let task = fetch_after(at_once, &issuers, shutdown.clone());
        for _ in 0..3 {
            // 10 minutes minus a fifth.
            assert_eq!(issuers.fetch_due(), Some(480));
            clock.advance(Duration::from_secs(479));
            assert_eq!(issuers.fetch_due(), Some(1));
            assert!(asked.try_recv().is_err());
            clock.advance(Duration::from_secs(1));
            asked.recv().expect("in time");
            while issuers.fetch_due() == Some(0) {
                tokio::task::yield_now().await;
            }
        }
        shutdown.notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn fetching_leaves_issuers_alone_that_no_token_has_named() {
        let (url, asked) = issuer();
        let issuers = issuers(&url, &Clock::manual(1000), false).await;
        assert_eq!(issuers.fetch_due(), None);
        assert!(asked.try_recv().is_err());
    }

    #[rocket::async_test]
    async fn fetching_ends_with_the_issuers() {
        let (url, _asked) = issuer();
        let issuers = issuers(&url, &Clock::manual(1000), true).await;
        let (_client, shutdown) = application().await;
        let task = fetch_after(at_once, &issuers, shutdown);
        drop(issuers);
        task.await.expect("it ends");
    }

    #[test]
    fn fetching_pause_is_between_1_and_20_seconds() {
        assert_eq!([None, Some(0), Some(7), Some(480)].map(pause).map(|pause| pause.as_secs()), [20, 1, 7, 20]);
    }
}
