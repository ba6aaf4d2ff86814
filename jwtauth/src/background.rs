//! Repeats work in the background until the application shuts down or is dropped.

use std::future::Future;
use std::time::Duration;

use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, select, time::sleep};

/// Runs `work` after the delay `first`, and then after each delay that `work` returns. The task ends when `shutdown`
/// completes, even during the work, or when `owner` returns `None`.
///
/// `owner` holds a weak reference, so that the task does not keep an application alive that is dropped without a
/// shutdown, as in a test.
pub(crate) fn repeat<T, F>(
    owner: impl Fn() -> Option<T> + Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
    first: Duration,
    work: impl Fn(T) -> F + Send + 'static,
) -> JoinHandle<()>
where
    T: Send + 'static,
    F: Future<Output = Duration> + Send,
{
    let rounds = async move {
        let mut pause = first;
        loop {
            sleep(pause).await;
            let Some(owner) = owner() else { break };
            pause = work(owner).await;
        }
    };
    tokio::spawn(async move {
        select! {
            () = shutdown => {}
            () = rounds => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use rocket::tokio::sync::{mpsc, oneshot};

    use super::*;

    #[rocket::async_test]
    async fn repeat_goes_on_until_the_shutdown() {
        let (sender, mut rounds) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let owner = move || Some(sender.clone());
        let shutdown = async move { drop(stopped.await) };
        let task = repeat(owner, shutdown, Duration::ZERO, |sender| async move {
            sender.send(()).expect("a receiver");
            Duration::ZERO
        });
        for _ in 0..3 {
            assert_eq!(rounds.recv().await, Some(()));
        }
        drop(stop);
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn repeat_is_ended_by_the_shutdown_while_it_works() {
        let (sender, mut rounds) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let owner = move || Some(sender.clone());
        let shutdown = async move { drop(stopped.await) };
        let task = repeat(owner, shutdown, Duration::ZERO, |sender| async move {
            sender.send(()).expect("a receiver");
            pending().await
        });
        assert_eq!(rounds.recv().await, Some(()));
        drop(stop);
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn repeat_ends_with_its_owner() {
        let application = Arc::new(());
        let owner = Arc::downgrade(&application);
        let task = repeat(move || owner.upgrade(), pending(), Duration::ZERO, |_| async { Duration::ZERO });
        drop(application);
        task.await.expect("it ends");
    }
}
