use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rocket::config::LogLevel;
use rocket::log::private::{LevelFilter, max_level, set_max_level};
use rocket::{Config, Ignite, Rocket, Route};

use super::JwtAuth;

impl JwtAuth {
    /// For sentinels: whether the fairing is missing. The log names the routes that need it, once per launch.
    pub(crate) fn missing(rocket: &Rocket<Ignite>) -> bool {
        let missing = rocket.state::<JwtAuth>().is_none();
        if missing {
            report(rocket, "jwtauth is not attached; add `.attach(JwtAuth::fairing())`");
        }
        missing
    }

    /// For sentinels: whether the fairing is missing, or a refresh endpoint is mounted and `allow_refresh` is not set.
    /// With the value `false`, the launch continues, and refreshing answers 403. The log names the routes, once per
    /// launch.
    pub(crate) fn refresh_undecided(rocket: &Rocket<Ignite>) -> bool {
        if JwtAuth::missing(rocket) {
            return true;
        }
        let undecided = rocket.state::<JwtAuth>().is_some_and(|jwtauth| jwtauth.config().allow_refresh.is_none());
        if undecided {
            report(
                rocket,
                "a refresh endpoint is mounted, but `allow_refresh` is not set; write `allow_refresh = true`, \
                 or `false`, below `[default.jwtauth]` in Rocket.toml",
            );
        }
        undecided
    }
}

/// The kind of the sentinels that run on this thread.
#[derive(Clone, Copy)]
enum Running {
    /// The sentinels of a launch. `reported` is the number of further sentinels that will find the reported problem.
    Launch { reported: usize },
    /// The sentinels of a probe. `found` counts the sentinels that find a problem.
    Probe { found: usize },
}

thread_local! {
    // Rocket runs all sentinels of a launch on one thread, without anything in between.
    static RUNNING: Cell<Running> = const { Cell::new(Running::Launch { reported: 0 }) };
}

/// Logs a problem and its routes, unless an earlier sentinel of the same launch has logged it.
fn report(rocket: &Rocket<Ignite>, problem: &str) {
    let next = match RUNNING.get() {
        Running::Probe { found } => Running::Probe { found: found + 1 },
        Running::Launch { reported: 0 } => {
            let routes = rocket.routes().filter(|route| probe(rocket, [*route]) > 0);
            let mut routes: Vec<String> = routes.map(Route::to_string).collect();
            routes.sort_unstable();
            let found = probe(rocket, rocket.routes());
            match routes.is_empty() {
                true => rocket::error!("{problem}"),
                false => rocket::error!("{problem}; needed by: {}", routes.join(", ")),
            }
            Running::Launch { reported: found.saturating_sub(1) }
        }
        Running::Launch { reported } => Running::Launch { reported: reported - 1 },
    };
    RUNNING.set(next);
}

/// Launches only these routes up to their sentinels, and counts the sentinels that find a problem. Rocket has no API
/// that lists the sentinels of a route.
fn probe<'r>(rocket: &Rocket<Ignite>, routes: impl IntoIterator<Item = &'r Route>) -> usize {
    let routes: Vec<Route> = routes.into_iter().cloned().collect();
    let config = Config { log_level: LogLevel::Off, cli_colors: rocket.config().cli_colors, ..Config::debug_default() };
    RUNNING.set(Running::Probe { found: 0 });
    let level = max_level();
    // A sentinel of the application may panic where its state is missing.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let mut probe = rocket::custom(config);
        set_max_level(LevelFilter::Off);
        probe = probe.mount("/", routes);
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            probe = probe.manage(jwtauth.clone());
        }
        let ignition = pin!(probe.ignite()).poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(Err(error)) = ignition {
            // An error that is not inspected panics when it is dropped.
            let _ = error.kind();
        }
    }));
    set_max_level(level);
    match RUNNING.replace(Running::Launch { reported: 0 }) {
        Running::Probe { found } => found,
        Running::Launch { .. } => 0,
    }
}
