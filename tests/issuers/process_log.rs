//! The log of all threads. Keys are fetched on other threads than those of the tests.

use std::sync::{Mutex, Once, PoisonError};

use rocket::log::private::{self as log, LevelFilter, Log, Metadata, Record};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Installs the logger. Call this before the first Rocket is built, because Rocket keeps an installed logger.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&Capture).expect("no other logger");
        log::set_max_level(LevelFilter::Info);
    });
}

/// The log lines of jwtauth that contain these words.
pub(crate) fn lines_with(words: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(words)).cloned().collect()
}

struct Capture;

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        if line.starts_with("jwtauth: ") {
            LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn flush(&self) {}
}
