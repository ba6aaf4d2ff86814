use std::sync::Arc;
use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, select, time::sleep};

use super::reload::{Unchanged, log};
use super::signals::{Signal, Signals};
use super::state::Rotation;

/// Rereads the keys when their files change or a signal arrives. Ends when the application shuts down or is dropped.
pub(crate) fn watch(rotation: &Arc<Rotation>, rocket: &rocket::Config, shutdown: Shutdown) {
    if rotation.source.in_files {
        let period = rotation.config.reload.map(Duration::from_secs);
        drop(watch_every(period, Signals::of(rocket), rotation, shutdown));
    }
}

fn watch_every(
    period: Option<Duration>,
    mut signals: Signals,
    rotation: &Arc<Rotation>,
    mut shutdown: Shutdown,
) -> JoinHandle<()> {
    // A weak reference, so that this loop does not keep an application alive that is dropped without a shutdown, as in
    // tests.
    let rotation = Arc::downgrade(rotation);
    tokio::spawn(async move {
        loop {
            let unchanged = select! {
                () = &mut shutdown => break,
                signal = signals.next() => match signal {
                    Signal::Reload => Unchanged::Explained,
                    Signal::TerminalGone => break shutdown.notify(),
                },
                // A fault is logged once, not in every period.
                () = pause(period) => Unchanged::Ignored,
            };
            let Some(rotation) = rotation.upgrade() else { break };
            if let Err(error) = rotation.look(unchanged).await {
                log(&error);
            }
        }
    })
}

async fn pause(period: Option<Duration>) {
    match period {
        Some(period) => sleep(period).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Instant;

    use rocket::figment::providers::Serialized;
    use rocket::local::asynchronous::Client;
    use rocket::tokio::task::yield_now;

    use super::*;
    use crate::clock::Clock;
    use crate::config::{Config, KeyFile};
    use crate::rotation::source::{INTERVAL, KeySource};

    const SECRETS: [&str; 2] = ["the first secret of this test, 33", "the second secret of this test, 34"];

    /// An application with its secret in a file.
    struct App {
        /// Runs until the shutdown.
        client: Client,
        rotation: Arc<Rotation>,
        file: PathBuf,
        clock: Clock,
    }

    impl App {
        async fn new(name: &str) -> Self {
            let file = std::env::temp_dir().join(format!("jwtauth-reload-{}-{name}", std::process::id()));
            fs::write(&file, SECRETS[0]).expect("a file");
            let settings = serde_json::json!({ "master_secret_file": file });
            let figment = rocket::Config::figment()
                .merge(Serialized::default("jwtauth", settings).profile("default"))
                .merge(Serialized::default("log_level", "off").profile("default"));
            let clock = Clock::manual(1_750_000_000);
            let checked = Config::check(&figment, false, clock.now()).expect("good settings");
            let source = KeySource::new(checked.key_settings, checked.files);
            let rotation =
                Rotation::new(checked.keys, source, Arc::new(checked.config), clock.clone(), None, Arc::default());
            let client = Client::untracked(rocket::custom(figment)).await.expect("a launch");
            App { client, rotation, file, clock }
        }

        fn watch(&self) -> JoinHandle<()> {
            watch_every(Some(Duration::ZERO), Signals::none(), &self.rotation, self.client.rocket().shutdown())
        }

        fn kid(&self) -> String {
            self.rotation.ring().keys()[0].kid().to_owned()
        }

        /// Waits for an effect of a watch that uses the system's clock.
        async fn eventually(&self, happens: impl Fn() -> bool) {
            let begun = Instant::now();
            while !happens() {
                assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute");
                self.clock.advance(INTERVAL);
                yield_now().await;
            }
        }

        /// Whether the watch has seen the current content of the files, and whether their keys are in use.
        fn is_up_to_date(&self) -> (bool, bool) {
            let last = self.rotation.source.last.lock().expect("no panic");
            (!last.files.iter().any(KeyFile::has_changed), last.in_use)
        }
    }

    impl Drop for App {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.file);
        }
    }

    #[rocket::async_test]
    async fn watch_uses_changed_keys() {
        let app = App::new("changes").await;
        let (task, first) = (app.watch(), app.kid());
        for secret in [SECRETS[1], SECRETS[0], SECRETS[1]] {
            let before = app.kid();
            fs::write(&app.file, secret).expect("a file");
            app.eventually(|| app.kid() != before).await;
        }
        assert_ne!(app.kid(), first);
        app.client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn watch_reads_faulty_keys_once_and_goes_on() {
        let app = App::new("broken").await;
        let (task, first) = (app.watch(), app.kid());
        fs::write(&app.file, "").expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, false)).await;
        assert_eq!(app.kid(), first);
        assert!(app.rotation.look(Unchanged::Ignored).await.is_ok(), "the fault was reported already");
        assert!(app.rotation.look(Unchanged::Explained).await.is_err());
        fs::remove_file(&app.file).expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, false)).await;
        assert_eq!(app.kid(), first);
        fs::write(&app.file, SECRETS[1]).expect("a file");
        app.eventually(|| app.is_up_to_date() == (true, true)).await;
        assert_ne!(app.kid(), first);
        app.client.rocket().shutdown().notify();
        task.await.expect("it ends");
    }

    #[rocket::async_test]
    async fn watch_ends_with_the_application() {
        let app = App::new("ends").await;
        let task = app.watch();
        // There is no shutdown: the watch ends because the rotation is dropped.
        let shutdown = app.client.rocket().shutdown();
        drop(app);
        task.await.expect("it ends");
        drop(shutdown);
    }
}
