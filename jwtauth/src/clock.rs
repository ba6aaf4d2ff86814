use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells the time, in whole seconds since 1970-01-01T00:00:00Z.
///
/// The fairing reads the system's clock unless it is [given another one], so an application's tests
/// can step over an expiration without sleeping.
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
    // `None` is the system's clock.
    hand: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The clock of the operating system.
    pub fn system() -> Self {
        Clock { hand: None }
    }

    /// A clock that stands at `now`, in seconds since the epoch, until it is moved. Its clones share
    /// its hand.
    pub fn manual(now: u64) -> Self {
        Clock { hand: Some(Arc::new(AtomicU64::new(now))) }
    }

    /// Seconds since the epoch; 0 if the system's clock is set to before it.
    pub fn now(&self) -> u64 {
        match &self.hand {
            Some(hand) => hand.load(Ordering::Acquire),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// The time since the epoch, as precisely as the clock tells it: two whole seconds that follow each other may be a
    /// millisecond apart.
    pub(crate) fn since_epoch(&self) -> Duration {
        match &self.hand {
            Some(_) => Duration::from_secs(self.now()),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }

    /// Moves a manual clock, and all its clones, forward by whole seconds. The system's clock is not
    /// ours to move: on it this does nothing.
    pub fn advance(&self, by: Duration) {
        if let Some(hand) = &self.hand {
            hand.fetch_add(by.as_secs(), Ordering::AcqRel);
        }
    }

    /// Sets a manual clock, and all its clones, to `now`; back as well as forward. On the system's
    /// clock this does nothing.
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
