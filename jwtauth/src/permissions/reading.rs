//! Tells the code that deserializes permissions what it reads.

use std::cell::Cell;

/// What is being deserialized on this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// No token.
    Other,
    /// A token of the application itself.
    OwnToken,
    /// A token of a trusted issuer. Its permissions are not those of the application.
    IssuerToken,
}

thread_local! {
    static READING: Cell<Reading> = const { Cell::new(Reading::Other) };
}

impl Reading {
    pub(super) fn current() -> Self {
        READING.get()
    }
}

/// Logs that a claim of a token has the wrong type.
pub(crate) fn log_wrong_type(claim: &str) {
    rocket::warn!("jwtauth: the claim `{claim}` of a token is not a list of texts: it grants nothing");
}

/// Runs `read`, which deserializes the claims of a token. The reading is stored for this thread, because a set of
/// permissions in the claims has no other way to find out which issuer the token is from.
pub(crate) fn reading<T>(what: Reading, read: impl FnOnce() -> T) -> T {
    struct Restore(Reading);

    impl Drop for Restore {
        fn drop(&mut self) {
            READING.set(self.0);
        }
    }

    let _restore = Restore(READING.replace(what));
    read()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_restored_after_a_panic() {
        let panicked = std::panic::catch_unwind(|| reading(Reading::IssuerToken, || panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(Reading::current(), Reading::Other);
        reading(Reading::OwnToken, || {
            reading(Reading::IssuerToken, || assert_eq!(Reading::current(), Reading::IssuerToken));
            assert_eq!(Reading::current(), Reading::OwnToken);
        });
    }
}
