use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rocket::request::{self, FromRequest, Request};

/// Another guard, timed by the stopwatch of this number.
pub struct Timed<const NUMBER: usize, G>(pub G);

#[rocket::async_trait]
impl<'r, const NUMBER: usize, G: FromRequest<'r>> FromRequest<'r> for Timed<NUMBER, G> {
    type Error = G::Error;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, G::Error> {
        let begun = Instant::now();
        let outcome = G::from_request(request).await;
        note(NUMBER, begun.elapsed());
        outcome.map(Timed)
    }
}

/// The width of a class, in nanoseconds.
const WIDTH: usize = 10;

/// Up to a millisecond; whatever took longer is in the last of them.
const CLASSES: usize = 100_000;

/// How often a call took so long, for each stopwatch.
static CALLS: [[AtomicU32; CLASSES]; 3] = [const { [const { AtomicU32::new(0) }; CLASSES] }; 3];

fn note(number: usize, took: Duration) {
    let class = usize::try_from(took.as_nanos()).unwrap_or(usize::MAX) / WIDTH;
    CALLS[number][class.min(CLASSES - 1)].fetch_add(1, Ordering::Relaxed);
}

/// How many calls there were, and the quartiles of the nanoseconds that they took.
pub struct Times {
    calls: u64,
    quartiles: [usize; 3],
}

/// What a stopwatch shows; it starts anew.
pub fn take(number: usize) -> Times {
    let classes: Vec<u64> = CALLS[number].iter().map(|calls| calls.swap(0, Ordering::Relaxed).into()).collect();
    let calls = classes.iter().sum();
    let quartiles = [1, 2, 3].map(|quarter| {
        let mut seen = 0;
        let class = classes.iter().position(|calls_of_class| {
            seen += calls_of_class;
            seen * 4 >= calls * quarter
        });
        class.unwrap_or_default() * WIDTH
    });
    Times { calls, quartiles }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = self.quartiles;
        write!(f, "{} {low} {median} {high}", self.calls)
    }
}
