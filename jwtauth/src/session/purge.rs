//! Removes sessions from the store that have been over for long, once an hour.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;

use super::manager::SessionManager;
use crate::background::repeat;
use crate::clock::Clock;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The minimum delay of the first purge, so that it does not slow down a launch.
const MINUTE: Duration = Duration::from_secs(60);

/// Purges the store once an hour, until the application shuts down or is dropped.
pub(crate) fn purge_hourly(sessions: &Arc<SessionManager>, clock: Clock, shutdown: Shutdown) {
    drop(purge_every(HOUR, first(), sessions, clock, shutdown));
}

/// The delay from the launch to the first purge: a random part of an hour. Nodes that are launched together therefore
/// purge at different times, and an application that rarely runs for an hour also purges.
fn first() -> Duration {
    // If there is no randomness, no session can start either.
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    MINUTE + (HOUR - MINUTE).mul_f64(part)
}

fn purge_every(
    period: Duration,
    first: Duration,
    sessions: &Arc<SessionManager>,
    clock: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let sessions = Arc::downgrade(sessions);
    repeat(
        move || sessions.upgrade(),
        shutdown,
        first,
        move |sessions| {
            let now = clock.now();
            async move {
                // A failure is logged, and the next purge removes what this one could not.
                let _ = sessions.purge(now).await;
                period
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use rocket::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use rocket::tokio::sync::oneshot;

    use super::*;
    use crate::claims::session_id::SessionId;
    use crate::keys::KeyRing;
    use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionSettings, SessionStore, StoreError};

    /// A store whose `purge` reports each call and fails.
    struct Purged(UnboundedSender<u64>);

    #[rocket::async_trait]
    impl SessionStore for Purged {
        async fn create(&self, _: &SessionRecord, _: Option<NonZeroU32>) -> Result<Vec<SessionId>, StoreError> {
            Ok(Vec::new())
        }

        async fn advance(&self, _: SessionId, _: RefreshStep) -> Result<RefreshOutcome, StoreError> {
            Ok(RefreshOutcome::Unknown)
        }

        async fn prove(&self, _: SessionId, _: u64, _: u64) -> Result<(), StoreError> {
            Ok(())
        }

        async fn confirm(&self, _: SessionId, _: &str, _: u64) -> Result<Option<SessionRecord>, StoreError> {
            Ok(None)
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

    fn manager() -> (Arc<SessionManager>, UnboundedReceiver<u64>) {
        let (sender, receiver) = unbounded_channel();
        let settings = SessionSettings {
            refresh_delta: 1000,
            max_lifetime: None,
            reuse_grace: 30,
            staleness: Some(5),
            max_per_user: None,
        };
        let (store, events) = (Arc::new(Purged(sender)), Arc::new(()));
        (Arc::new(SessionManager::new(store, events, None, &KeyRing::default(), settings)), receiver)
    }

    fn shutdown() -> (oneshot::Sender<()>, impl Future<Output = ()> + Send + 'static) {
        let (sender, receiver) = oneshot::channel::<()>();
        (sender, async move { drop(receiver.await) })
    }

    #[rocket::async_test]
    async fn purge_goes_on_until_the_shutdown() {
        let ((sessions, mut purged), (stop, shutdown)) = (manager(), shutdown());
        let task = purge_every(Duration::ZERO, Duration::ZERO, &sessions, Clock::manual(77), shutdown);
        for _ in 0..3 {
            assert_eq!(purged.recv().await, Some(77));
        }
        drop(stop);
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn purge_ends_with_the_application() {
        let ((sessions, _purged), (_stop, shutdown)) = (manager(), shutdown());
        let task = purge_every(Duration::ZERO, Duration::ZERO, &sessions, Clock::manual(77), shutdown);
        drop(sessions);
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn purge_does_not_wait_an_hour_for_the_first_time() {
        let ((sessions, mut purged), (stop, shutdown)) = (manager(), shutdown());
        let task = purge_every(HOUR, Duration::ZERO, &sessions, Clock::manual(77), shutdown);
        assert_eq!(purged.recv().await, Some(77));
        drop(stop);
        task.await.expect("it ends");
    }

    #[test]
    fn purge_begins_at_different_times_on_nodes_that_are_launched_together() {
        let waits: std::collections::HashSet<_> = (0..16).map(|_| first()).collect();
        assert!(waits.len() > 8, "{waits:?}");
        assert!(waits.iter().all(|wait| (MINUTE..=HOUR).contains(wait)), "{waits:?}");
    }
}
