use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

/// The names of the application's permissions: for `scopes_supported` (RFC 9728 §2), and to check the settings of
/// issuers. The sentinels of the guards fill it at ignition.
#[derive(Default)]
pub(crate) struct DeclaredNames {
    names: RwLock<BTreeSet<&'static str>>,
    /// Whether the fairing names the permissions.
    is_stated: AtomicBool,
    /// Whether there is a guard whose permissions are not known at ignition.
    has_other_guard: AtomicBool,
}

impl DeclaredNames {
    /// Adds names.
    pub(crate) fn add(&self, names: &[&'static str]) {
        let is_known = {
            let known = self.names.read().unwrap_or_else(PoisonError::into_inner);
            names.iter().all(|name| known.contains(name))
        };
        if !is_known {
            self.names.write().unwrap_or_else(PoisonError::into_inner).extend(names);
        }
    }

    /// Adds the names that the fairing states.
    pub(crate) fn state(&self, names: &[&'static str]) {
        self.add(names);
        self.is_stated.fetch_or(!names.is_empty(), Ordering::Relaxed);
    }

    /// Notes a guard whose permissions are not known at ignition.
    pub(crate) fn note_other_guard(&self) {
        self.has_other_guard.store(true, Ordering::Relaxed);
    }

    /// Whether the names count as all permissions of the application: the fairing names an enum, or no mount has a
    /// guard whose permissions are unknown.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_stated.load(Ordering::Relaxed) || !self.has_other_guard.load(Ordering::Relaxed)
    }

    /// All names, sorted.
    pub(crate) fn all(&self) -> Vec<&'static str> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}
