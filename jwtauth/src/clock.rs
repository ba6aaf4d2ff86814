use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that counts whole seconds since 1970-01-01T00:00:00Z.
///
/// The fairing reads the system's clock unless it is [given another one]. With a manual clock, tests can pass an
/// expiration without sleeping.
///
/// ```
/// use std::time::Duration;
/// use jwtauth::{Clock, JwtAuth};
///
/// let clock = Clock::manual(1_700_000_000);
/// let fairing = JwtAuth::fairing().clock(clock.clone());
///
/// clock.advance(Duration::from_secs(31 * 60));
/// assert_eq!(clock.now(), 1_700_001_860);
/// ```
///
/// [given another one]: crate::JwtAuthFairing::clock
#[derive(Clone, Default)]
pub struct Clock {
    // `None` for the system's clock.
    hand: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The clock of the operating system.
    pub fn system() -> Self {
        Clock { hand: None }
    }

    /// A manual clock. It shows `now`, in seconds since the epoch, until it is moved. Its clones share its time.
    pub fn manual(now: u64) -> Self {
        Clock { hand: Some(Arc::new(AtomicU64::new(now))) }
    }

    /// The time in seconds since the epoch. 0 if the system's clock is set to an earlier time.
    pub fn now(&self) -> u64 {
        match &self.hand {
            Some(hand) => hand.load(Ordering::Acquire),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// The time since the epoch, as precisely as the clock measures it. Two consecutive whole seconds may be only a
    /// millisecond apart.
    pub(crate) fn since_epoch(&self) -> Duration {
        match &self.hand {
            Some(_) => Duration::from_secs(self.now()),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }

    /// Moves a manual clock and all its clones forward by the whole seconds of `by`. Does nothing on the system's
    /// clock.
    pub fn advance(&self, by: Duration) {
        if let Some(hand) = &self.hand {
            hand.fetch_add(by.as_secs(), Ordering::AcqRel);
        }
    }

    /// Sets a manual clock and all its clones to `now`, which may be earlier than the current time. Does nothing on the
    /// system's clock.
    pub fn set(&self, now: u64) {
        if let Some(hand) = &self.hand {
            hand.store(now, Ordering::Release);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.hand.is_some() { "manual" } else { "system" };
        write!(f, "Clock({kind}, {})", self.now())
    }
}
