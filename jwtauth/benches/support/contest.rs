//! Contests: the entrants run in turns, many times, and the ratio of their median times is the result. On a shared
//! machine, absolute times mean nothing.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The duration of a turn.
const TURN: Duration = Duration::from_micros(500);

/// The number of turns of each entrant. `JWTAUTH_ROUNDS` changes it.
const ROUNDS: usize = 301;

/// The code to compare.
pub(crate) struct Contest<'c> {
    name: String,
    entrants: Vec<Entrant<'c>>,
}

struct Entrant<'c> {
    name: &'static str,
    run: Box<dyn FnMut() + 'c>,
    /// The number of runs in a turn.
    times: u32,
    nanoseconds: Vec<f64>,
}

/// The medians of a contest in nanoseconds, in the order of the entrants.
pub(crate) struct Result {
    pub(crate) name: String,
    pub(crate) medians: Vec<(&'static str, f64)>,
}

impl<'c> Contest<'c> {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Contest { name: name.into(), entrants: Vec::new() }
    }

    pub(crate) fn entrant<T>(mut self, name: &'static str, mut run: impl FnMut() -> T + 'c) -> Self {
        let run = Box::new(move || drop(black_box(run())));
        self.entrants.push(Entrant { name, run, times: 1, nanoseconds: Vec::new() });
        self
    }

    /// Returns `None` if the command line selects other contests.
    pub(crate) fn run(mut self) -> Option<Result> {
        let mut wanted = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
        if wanted.peek().is_some() && !wanted.any(|wanted| self.name.contains(&wanted)) {
            return None;
        }
        let rounds = std::env::var("JWTAUTH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
        self.entrants.iter_mut().for_each(Entrant::warm_up);
        for _ in 0..rounds {
            self.entrants.iter_mut().for_each(Entrant::take_turn);
        }
        let medians = self.entrants.into_iter().map(Entrant::median).collect();
        Some(Result { name: self.name, medians })
    }
}

impl Entrant<'_> {
    fn warm_up(&mut self) {
        // Warms up caches and branch predictors, and finds the number of runs in a turn. The fastest of several tries
        // counts, because other processes may slow down the rest.
        let mut fastest = TURN;
        let start = Instant::now();
        while start.elapsed() < 20 * TURN {
            let begin = Instant::now();
            (self.run)();
            fastest = fastest.min(begin.elapsed());
        }
        self.times = u32::try_from(TURN.as_nanos() / fastest.as_nanos().max(1)).unwrap_or(1).max(1);
    }

    fn take_turn(&mut self) {
        let start = Instant::now();
        for _ in 0..self.times {
            (self.run)();
        }
        self.nanoseconds.push(start.elapsed().as_nanos() as f64 / f64::from(self.times));
    }

    fn median(mut self) -> (&'static str, f64) {
        self.nanoseconds.sort_by(f64::total_cmp);
        (self.name, self.nanoseconds.get(self.nanoseconds.len() / 2).copied().unwrap_or(f64::NAN))
    }
}

impl Result {
    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        self.medians.iter().find(|(entrant, _)| *entrant == name).map(|(_, median)| *median)
    }

    /// Prints a line of the table: each entrant's median, relative to that of `base` and in nanoseconds.
    pub(crate) fn print(&self, base: &str) {
        let whole = self.median(base);
        print!("{:<22}", self.name);
        for (name, median) in &self.medians {
            match whole {
                Some(whole) => print!("  {name} {:.3} ({median:.0} ns)", median / whole),
                None => print!("  {name} {median:.0} ns"),
            }
        }
        println!();
    }
}
