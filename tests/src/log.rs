//! Captures the log of a thread.

use std::cell::RefCell;
use std::sync::Once;

use rocket::log::private::{self as log, Level, LevelFilter, Log, Metadata, Record};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The level at which the line was logged.
    pub level: Level,
    /// The message.
    pub text: String,
}

thread_local! {
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Runs a function. Also returns everything that this thread logged during the call, at all levels.
pub fn logged<T>(run: impl FnOnce() -> T) -> (T, Vec<Line>) {
    install();
    LINES.take();
    let result = run();
    (result, LINES.take())
}

/// Installs the logger. Call this before the first Rocket is built: Rocket keeps a logger that is already installed.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&Capture).expect("no other logger");
        log::set_max_level(LevelFilter::Trace);
    });
}

struct Capture;

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = Line { level: record.level(), text: record.args().to_string() };
        // A thread may log after its thread-local lines were destroyed.
        let _ = LINES.try_with(|lines| lines.borrow_mut().push(line));
    }

    fn flush(&self) {}
}
