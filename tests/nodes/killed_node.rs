//! A node with sessions in a file is killed repeatedly while its clients refresh.

use std::time::Duration;
use std::{env, thread};

use jwtauth::SessionId;

use crate::client::{Client, Tokens};
use crate::cluster::Cluster;
use crate::node::Node;

const SESSIONS: usize = 16;

/// The tokens that a client has for a session.
struct Held {
    current: Tokens,
    /// The earlier refresh tokens.
    spent: Vec<String>,
}

/// `JWTAUTH_KILLS` sets the number of kills. The default is 10. The grace is longer than a restart, so that a client
/// can repeat a refresh whose response was lost.
#[test]
fn file_store_keeps_answered_tokens_when_node_is_killed() {
    let kills = env::var("JWTAUTH_KILLS").map_or(10, |kills| kills.parse().expect("a number"));
    let site = Cluster::file();
    let mut node = site.node(r#"reuse_grace="5m""#);
    let mut sessions: Vec<_> = (0..SESSIONS).map(|_| Held::begin(&mut node.client())).collect();
    let mut answered = 0;
    for round in 0..kills {
        answered += under_load(&mut node, &mut sessions);
        node.start_again();

        let mut client = node.client();
        for held in &mut sessions {
            held.refresh(&mut client);
            assert_eq!(client.me(&held.current.access), 200, "round {round}");
        }
        // The token before the last spent one is always outside of the grace.
        let at = round % SESSIONS;
        let held = &sessions[at];
        let [.., long_ago, just_now] = &held.spent[..] else { panic!("round {round}: nothing was refreshed") };
        assert_eq!(client.refresh(just_now).tokens().refresh, held.current.refresh, "round {round}");
        assert_eq!(client.refresh(long_ago).status, 403, "round {round}");
        assert_eq!(client.refresh(&held.current.refresh).status, 403, "round {round}");
        sessions[at] = Held::begin(&mut client);
    }
    assert!(answered > kills, "it was always killed before it did something");
    println!("{kills} kills, {answered} refreshes answered");
}

/// Kills the node while all sessions are refreshed. Returns the number of completed refreshes.
fn under_load(node: &mut Node, sessions: &mut [Held]) -> usize {
    thread::scope(|scope| {
        let load = |mut client: Client, held: &mut Held| {
            let mut answered = 0;
            while let Ok(answer) = client.try_refresh(&held.current.refresh) {
                held.answered(answer.tokens());
                answered += 1;
            }
            answered
        };
        let clients: Vec<_> = sessions
            .iter_mut()
            .map(|held| {
                let client = node.client();
                scope.spawn(move || load(client, held))
            })
            .collect();
        thread::sleep(moment());
        node.kill();
        clients.into_iter().map(|client| client.join().expect("a client")).sum()
    })
}

impl Held {
    fn begin(client: &mut Client) -> Self {
        let mut held = Held { current: client.login(), spent: Vec::new() };
        held.refresh(client);
        held
    }

    fn refresh(&mut self, client: &mut Client) {
        let tokens = client.refresh(&self.current.refresh).tokens();
        self.answered(tokens);
    }

    fn answered(&mut self, tokens: Tokens) {
        assert_eq!(tokens.generation(), self.current.generation() + 1);
        self.spent.push(std::mem::replace(&mut self.current, tokens).refresh);
    }
}

/// A random duration of less than half a second.
fn moment() -> Duration {
    let id = SessionId::random().expect("randomness");
    let random = u64::from_le_bytes(id.as_bytes()[..8].try_into().expect("eight bytes"));
    Duration::from_micros(random % 500_000)
}
