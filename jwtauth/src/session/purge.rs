use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, select, time::sleep};

use crate::jwtauth::JwtAuth;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A launch has enough to do.
const MINUTE: Duration = Duration::from_secs(60);

/// Has the store forget what is long over, once an hour, until the application shuts down or is gone.
pub(crate) fn purge_hourly(jwtauth: &JwtAuth, shutdown: Shutdown) {
    if jwtauth.keeper().is_some() {
        drop(purge_every(HOUR, first(), jwtauth, shutdown));
    }
}

/// How long after the launch it is done first: some random part of an hour, so that nodes which were launched together
/// do not purge together, and that an application which seldom runs for an hour does purge.
fn first() -> Duration {
    // Without randomness no session begins either.
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    MINUTE + (HOUR - MINUTE).mul_f64(part)
}

fn purge_every(period: Duration, first: Duration, jwtauth: &JwtAuth, mut shutdown: Shutdown) -> JoinHandle<()> {
    // Not the thing itself: an application that is dropped without a shutdown, in a test, is not kept by this.
    let jwtauth = jwtauth.downgrade();
    tokio::spawn(async move {
        let mut wait = first;
        loop {
            select! {
                () = &mut shutdown => break,
                () = sleep(wait) => wait = period,
            }
            let Some(jwtauth) = jwtauth() else { break };
            let Some(keeper) = jwtauth.keeper() else { break };
            select! {
                () = &mut shutdown => break,
                // What could not be done is in the log, and is done the next time.
                _ = keeper.purge(jwtauth.now()) => {}
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use rocket::figment::providers::Serialized;
    use rocket::local::asynchronous::Client;
    use rocket::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;
    use crate::claims::session_id::SessionId;
    use crate::clock::Clock;
    use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError};

    /// A store that tells when it is purged, and fails at it.
    struct Purged(UnboundedSender<u64>);

    #[rocket::async_trait]
    impl SessionStore for Purged {
        async fn create(&self, _: &SessionRecord, _: Option<NonZeroU32>) -> Result<Vec<SessionId>, StoreError> {
            Ok(Vec::new())
        }

        async fn advance(&self, _: SessionId, _: RefreshStep) -> Result<RefreshOutcome, StoreError> {
            Ok(RefreshOutcome::Unknown)
        }

        async fn find_reuse(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
            Ok(None)
        }

        async fn forget_reuse(&self, _: SessionId) -> Result<(), StoreError> {
            Ok(())
        }

        async fn get(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
            Ok(None)
        }

        async fn end(&self, _: SessionId) -> Result<Option<SessionRecord>, StoreError> {
            Ok(None)
        }

        async fn end_all(&self, _: &str, _: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
            Ok(Vec::new())
        }

        async fn list(&self, _: &str, _: u64) -> Result<Vec<SessionRecord>, StoreError> {
            Ok(Vec::new())
        }

        async fn purge(&self, now: u64) -> Result<u64, StoreError> {
            let _ = self.0.send(now);
            Err(StoreError::new("away"))
        }
    }

    async fn client() -> (Client, UnboundedReceiver<u64>) {
        let (sender, receiver) = unbounded_channel();
        let settings = serde_json::json!({ "master_secret": "x".repeat(32), "allow_refresh": true });
        let figment = rocket::Config::figment()
            .merge(Serialized::default("jwtauth", settings).profile("default"))
            .merge(Serialized::default("log_level", "off").profile("default"));
        let fairing = JwtAuth::fairing().clock(Clock::manual(77)).sessions(Purged(sender));
        (Client::untracked(rocket::custom(figment).attach(fairing)).await.expect("a launch"), receiver)
    }

    #[rocket::async_test]
    async fn it_goes_on_until_the_shutdown() {
        let (client, mut purged) = client().await;
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        let task = purge_every(Duration::ZERO, Duration::ZERO, jwtauth, client.rocket().shutdown());
        for _ in 0..3 {
            assert_eq!(purged.recv().await, Some(77));
        }
        client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn it_ends_with_the_application() {
        let (client, _purged) = client().await;
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        let task = purge_every(Duration::ZERO, Duration::ZERO, jwtauth, client.rocket().shutdown());
        drop(client);
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn the_first_time_does_not_wait_for_its_hour() {
        let (client, mut purged) = client().await;
        let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
        let task = purge_every(HOUR, Duration::ZERO, jwtauth, client.rocket().shutdown());
        assert_eq!(purged.recv().await, Some(77));
        client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[test]
    fn nodes_that_are_launched_together_purge_at_different_times() {
        let waits: std::collections::HashSet<_> = (0..16).map(|_| first()).collect();
        assert!(waits.len() > 8, "{waits:?}");
        assert!(waits.iter().all(|wait| (MINUTE..=HOUR).contains(wait)), "{waits:?}");
    }
}
