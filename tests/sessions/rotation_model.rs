//! The rule of rotation against a model: the whole history of a session, and what follows from it.

use jwtauth::{Clock, EndReason};
use jwtauth_tests::NOW;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
use serde_json::json;

use crate::rotation::{generation, settle};
use crate::session_app::{App, EXPIRED, Pair, REFUSED, WEEK, block_on, sid};
use crate::store::{Event, Store};

#[derive(Clone, Debug)]
enum Op {
    /// A party presents a refresh token that it has, the newest if there is no index, to a node. The answer may be
    /// lost.
    Refresh {
        party: usize,
        token: Option<Index>,
        node: usize,
        is_lost: bool,
    },
    /// A party sends its newest access token to a node. The proof may be lost.
    Use {
        party: usize,
        node: usize,
        is_lost: bool,
    },
    /// The thief copies what the owner has.
    Steal,
    Wait(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let token = prop_oneof![3 => Just(None), 1 => any::<Index>().prop_map(Some)];
    let op = prop_oneof![
        6 => (0..2usize, token, 0..2usize, any::<bool>())
            .prop_map(|(party, token, node, is_lost)| Op::Refresh { party, token, node, is_lost }),
        3 => (0..2usize, 0..2usize, any::<bool>()).prop_map(|(party, node, is_lost)| Op::Use { party, node, is_lost }),
        2 => Just(Op::Steal),
        4 => prop_oneof![0..3u64, 14..17u64, 28..34u64, Just(3600u64), Just(WEEK / 2)].prop_map(Op::Wait),
    ];
    vec(op, 1..30)
}

/// A session as a history. Times are those of the node that did it.
struct Model {
    grace: u64,
    /// When each generation was handed out first. The last one is current.
    handed_out: Vec<u64>,
    /// What was seen to be a client's, in the order in which it was seen, and when.
    proofs: Vec<(u64, u64)>,
    ends_at: u64,
    has_ended: bool,
}

#[derive(Debug, PartialEq)]
enum Verdict {
    /// A pair of this generation, for the first time.
    New(u64),
    /// A pair of this generation, once more.
    Again(u64),
    Refused,
    Reuse,
    Expired,
    Gone,
}

impl Model {
    fn current(&self) -> u64 {
        self.handed_out.len() as u64 - 1
    }

    fn proven(&self) -> u64 {
        self.proofs.last().expect("the login").0
    }

    fn is_alive(&self, now: u64) -> bool {
        !self.has_ended && now < self.ends_at
    }

    fn see(&mut self, generation: u64, now: u64) {
        if self.current() == generation && self.proven() < generation {
            self.proofs.push((generation, now));
        }
    }

    fn hand_out(&mut self, now: u64) -> Verdict {
        self.handed_out.push(now);
        self.ends_at = now + WEEK;
        Verdict::New(self.current())
    }

    fn present(&mut self, generation: u64, now: u64) -> Verdict {
        let is_recent = |time: u64, grace: u64| now <= time + grace && time <= now + grace;
        if self.has_ended {
            return Verdict::Gone;
        }
        if now >= self.ends_at {
            return Verdict::Expired;
        }
        if generation == self.current() {
            self.see(generation, now);
            return self.hand_out(now);
        }
        // Not current, and so good only for those who may have lost an answer or been late.
        if self.grace > 0 {
            let (handed_out, grace) = (*self.handed_out.last().expect("the login"), self.grace);
            let mut newest = self.proofs.iter().rev();
            let (proven, proven_at) = *newest.next().expect("the login");
            if generation == proven {
                return match is_recent(handed_out, grace) {
                    true => Verdict::Again(self.current()),
                    false => self.hand_out(now),
                };
            }
            let is_previous = newest.next().is_some_and(|(previous, _)| *previous == generation);
            if is_previous && is_recent(proven_at, grace) {
                return match proven == self.current() {
                    true => Verdict::Again(self.current()),
                    false => Verdict::Refused,
                };
            }
        }
        self.has_ended = true;
        Verdict::Reuse
    }
}

async fn play(ops: Vec<Op>, grace: u64, apart: u64) {
    let store = Store::default();
    let settings = || json!({ "expiration_delta": "unlimited", "sessions": { "staleness": 0, "reuse_grace": grace } });
    let mut nodes = Vec::new();
    for now in [NOW, NOW + apart] {
        nodes.push(
            App::on(store.clone(), Clock::manual(now), settings(), |rocket, fairing| rocket.attach(fairing)).await,
        );
    }
    let first = nodes[0].login("alice").await;
    let id = sid(&first.access);
    let mut model =
        Model { grace, handed_out: vec![NOW], proofs: vec![(0, NOW)], ends_at: NOW + WEEK, has_ended: false };
    // What the owner has, and what the thief has, in the order in which they got it.
    let mut parties: [Vec<Pair>; 2] = [vec![first], Vec::new()];
    let mut answered: Vec<Option<String>> = Vec::new();
    for op in ops {
        match op {
            Op::Wait(seconds) => nodes.iter().for_each(|node| node.wait(seconds)),
            Op::Steal => parties[1] = parties[0].clone(),
            Op::Use { party, node, is_lost } => {
                let Some(pair) = parties[party].last() else { continue };
                let now = nodes[node].clock.now();
                store.set_loses_proofs(is_lost);
                let status = nodes[node].me(&pair.access).await;
                settle().await;
                assert_eq!(status, if model.is_alive(now) { 200 } else { 401 });
                if model.is_alive(now) && grace > 0 && !is_lost {
                    model.see(generation(&pair.refresh), now);
                }
            }
            Op::Refresh { party, token, node, is_lost } => {
                let held = &parties[party];
                let Some(pair) = token.map_or(held.last(), |index| (!held.is_empty()).then(|| index.get(held))) else {
                    continue;
                };
                let (app, now, presented) = (&nodes[node], nodes[node].clock.now(), generation(&pair.refresh));
                app.events.heard();
                let answer = app.refresh(&pair.refresh).await;
                let events = app.events.kinds();
                let verdict = model.present(presented, now);
                match verdict {
                    Verdict::New(expected) | Verdict::Again(expected) => {
                        let pair = answer.pair();
                        assert_eq!(generation(&pair.refresh), expected);
                        assert_eq!(jwtauth_tests::payload(&pair.access)["gen"], expected);
                        let event = match verdict {
                            Verdict::New(_) => Event::Refreshed,
                            _ => Event::Repeated,
                        };
                        assert_eq!(events, [event]);
                        // The same bytes for a generation, whenever it is handed out.
                        answered.resize(answered.len().max(expected as usize + 1), None);
                        let before = answered[expected as usize].get_or_insert_with(|| pair.refresh.clone());
                        assert_eq!(*before, pair.refresh);
                        if !is_lost {
                            parties[party].push(pair);
                        }
                    }
                    Verdict::Expired => {
                        answer.assert_not_refreshed(EXPIRED);
                        assert_eq!(events, []);
                    }
                    Verdict::Refused | Verdict::Gone => {
                        answer.assert_not_refreshed(REFUSED);
                        assert_eq!(events, []);
                    }
                    Verdict::Reuse => {
                        answer.assert_not_refreshed(REFUSED);
                        assert_eq!(events, [Event::ReuseFound, Event::Ended(EndReason::Reuse)]);
                    }
                }
            }
        }
        let row = store.row(id).await.map(|row| {
            let previous = row.previous.map(|previous| (previous, row.proven));
            (row.generation, row.refreshed, row.proven, row.proven_at, previous, row.ends_at)
        });
        let expected = (!model.has_ended).then(|| {
            let (proven, proven_at) = *model.proofs.last().expect("the login");
            let previous = model.proofs.iter().rev().nth(1).map(|(previous, _)| (*previous, proven));
            let handed_out = *model.handed_out.last().expect("the login");
            (model.current(), handed_out, proven, proven_at, previous, model.ends_at)
        });
        assert_eq!(row, expected);
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn rotation_follows_its_model(
        ops in ops(),
        grace in prop_oneof![4 => Just(30u64), 1 => Just(0u64)],
        apart in prop_oneof![Just(0u64), Just(20u64), Just(45u64)],
    ) {
        block_on(play(ops, grace, apart));
    }

    /// Whoever is alone, and sends one request after the other, is never logged out before the session has run out.
    #[test]
    fn client_alone_is_never_logged_out(
        steps in vec((any::<bool>(), any::<bool>(), any::<bool>(), 0..2usize, 0..4000u64), 1..20),
        apart in 0..50u64,
    ) {
        block_on(async {
            let store = Store::default();
            let mut nodes = Vec::new();
            for now in [NOW, NOW + apart] {
                let settings = json!({ "sessions": { "staleness": 0 } });
                nodes.push(App::on(store.clone(), Clock::manual(now), settings, |rocket, fairing| rocket.attach(fairing)).await);
            }
            let mut pair = nodes[0].login("alice").await;
            for (is_lost, is_used, loses_proof, node, wait) in steps {
                nodes.iter().for_each(|node| node.wait(wait));
                let next = nodes[node].refresh(&pair.refresh).await.pair();
                if !is_lost {
                    pair = next;
                    if is_used {
                        store.set_loses_proofs(loses_proof);
                        assert_eq!(nodes[1 - node].me(&pair.access).await, 200);
                        settle().await;
                    }
                }
            }
        });
    }

    /// Two parties with copies of one token: when each has come too late for the other's grace, the session has ended.
    #[test]
    fn two_parties_that_refresh_in_turn_are_found(
        before in vec((any::<bool>(), 0..4000u64), 0..6),
        waits in [31..4000u64, 31..4000u64, 31..4000u64],
        uses in any::<[bool; 3]>(),
    ) {
        block_on(async {
            let app = App::new(json!({ "staleness": 0 })).await;
            let mut pair = app.login("alice").await;
            for (is_lost, wait) in before {
                app.wait(wait);
                let next = app.refresh(&pair.refresh).await.pair();
                pair = if is_lost { pair } else { next };
            }
            let mut parties = [pair.clone(), pair.clone()];
            for turn in 0..3 {
                app.wait(waits[turn]);
                let answer = app.refresh(&parties[turn % 2].refresh).await;
                if answer.status != 200 {
                    break;
                }
                parties[turn % 2] = answer.pair();
                if uses[turn] {
                    app.me(&parties[turn % 2].access).await;
                    settle().await;
                }
            }
            assert_eq!(store_row(&app, &pair).await, None, "found when the first comes again, or sooner");
        });
    }
}

async fn store_row(app: &App, pair: &Pair) -> Option<jwtauth::SessionRecord> {
    app.store.row(sid(&pair.access)).await
}
