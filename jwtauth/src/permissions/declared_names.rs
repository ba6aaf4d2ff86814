use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

/// The names of the permissions that the guards of an application declare: for `scopes_supported` (RFC 9728 §2). The
/// sentinels of the guards fill it at ignition.
#[derive(Default)]
pub(crate) struct DeclaredNames(RwLock<BTreeSet<&'static str>>);

impl DeclaredNames {
    /// Adds names.
    pub(crate) fn add(&self, names: &[&'static str]) {
        let is_known = {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            names.iter().all(|name| known.contains(name))
        };
        if !is_known {
            self.0.write().unwrap_or_else(PoisonError::into_inner).extend(names);
        }
    }

    /// All names, sorted.
    pub(crate) fn all(&self) -> Vec<&'static str> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}
