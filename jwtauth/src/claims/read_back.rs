use std::sync::atomic::{AtomicBool, Ordering};

/// When claims are read back from what was written of them, before a token is issued: [`Claims`](super::Claims) says
/// so to the library.
#[derive(Clone, Copy, Debug)]
pub enum ReadBack {
    /// If a value came by that may not be read as it is written.
    InDoubt,
    /// In doubt, and until it has succeeded once: the type may not be one that reads what it writes.
    First(&'static AtomicBool),
    /// Each time: the type says how it is read, and may refuse any value.
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
