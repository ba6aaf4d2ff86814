use std::sync::atomic::{AtomicBool, Ordering};

/// When claims are read back before a token is issued. A [`Claims`](super::Claims) type returns this value to the
/// library.
#[derive(Clone, Copy, Debug)]
pub enum ReadBack {
    /// If the claims contain a value that may not be readable.
    InDoubt,
    /// Like `InDoubt`, and until it has succeeded once, because the type may not be able to read what it writes.
    First(&'static AtomicBool),
    /// Each time, because attributes make reading differ from writing, and any value may be refused.
    Always,
}

impl ReadBack {
    pub(super) fn applies(self, is_doubtful: bool) -> bool {
        match self {
            ReadBack::InDoubt => is_doubtful,
            ReadBack::First(has_succeeded) => is_doubtful || !has_succeeded.load(Ordering::Relaxed),
            ReadBack::Always => true,
        }
    }

    pub(super) fn succeeded(self) {
        if let ReadBack::First(has_succeeded) = self {
            has_succeeded.store(true, Ordering::Relaxed);
        }
    }
}
