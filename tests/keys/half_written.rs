//! Key files that are read while they are being written.

use std::fs;

use jwtauth::{Algorithm, Key, Reloaded, Secret};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::key_files_app::{App, Folder};

/// An event between or during the reads of an application.
#[derive(Clone, Debug)]
enum Step {
    /// The writer empties the file and starts to write new content, either text or binary.
    Begin {
        text: bool,
    },
    /// The writer writes this many bytes.
    Write(usize),
    /// A second passes. A writer that has not finished writes a byte during that time.
    Tick,
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => any::<bool>().prop_map(|text| Step::Begin { text }),
        3 => (1_usize..40).prop_map(Step::Write),
        2 => Just(Step::Tick),
        3 => Just(Step::Read),
    ]
}

/// The secret with this number. The first half of each secret is also long enough to be a secret.
fn secret(number: u64, text: bool) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    let bytes: Vec<u8> = (0..12).flat_map(|_| next()).collect();
    if text { jwtauth_tests::encode(&bytes).into_bytes() } else { bytes }
}

fn kid(secret: &[u8]) -> String {
    Key::from_secret(Algorithm::HS256, &Secret::from(secret)).expect("a good secret").kid().to_owned()
}

/// A file that is written in place, piece by piece.
struct Writer {
    folder: Folder,
    content: Vec<u8>,
    written: usize,
    count: u64,
    /// The key names of all complete contents.
    kids: Vec<String>,
}

impl Writer {
    fn new() -> Self {
        let mut writer = Writer { folder: Folder::new(), content: Vec::new(), written: 0, count: 0, kids: Vec::new() };
        writer.begin(true);
        writer.write(usize::MAX);
        writer
    }

    fn begin(&mut self, text: bool) {
        self.count += 1;
        self.content = secret(self.count, text);
        self.kids.push(kid(&self.content));
        self.written = 0;
        self.write(0);
    }

    fn write(&mut self, bytes: usize) {
        self.written = self.written.saturating_add(bytes).min(self.content.len());
        fs::write(self.folder.path("secret"), &self.content[..self.written]).expect("a file");
    }
}

fn used(app: &App) -> String {
    app.jwtauth().keys().keys()[0].kid().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// This does not hold if the writer pauses for longer than the interval, which looks like the end of writing.
    #[test]
    fn reload_uses_only_content_that_was_whole(steps in vec(step(), 1..80)) {
        let mut writer = Writer::new();
        let app = App::new(json!({ "master_secret_file": writer.folder.setting("secret") }));
        for step in steps {
            match step {
                Step::Begin { text } => writer.begin(text),
                Step::Write(bytes) => writer.write(bytes),
                Step::Tick => {
                    writer.write(1);
                    app.wait(1);
                }
                Step::Read => {
                    let before = used(&app);
                    let outcome = app.reload_once();
                    let after = used(&app);
                    prop_assert!(writer.kids.contains(&after), "{outcome:?}");
                    prop_assert_eq!(before != after, outcome == Ok(Reloaded::Used));
                }
            }
        }
        // The content is used when it is complete.
        writer.write(usize::MAX);
        prop_assert!(app.reload().0.is_ok());
        prop_assert_eq!(Some(used(&app)), writer.kids.last().cloned());
    }
}

/// SECURITY.md documents this limit, and advises replacing files by renaming.
#[test]
fn reload_uses_partial_file_of_a_writer_that_stopped() {
    let mut writer = Writer::new();
    let app = App::new(json!({ "master_secret_file": writer.folder.setting("secret") }));
    writer.begin(true);
    writer.write(40);
    assert_eq!(app.reload().0, Ok(Reloaded::Used));
    assert_eq!(used(&app), kid(&writer.content[..40]));
}
