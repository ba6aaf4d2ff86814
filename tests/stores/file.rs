//! `file:` when the process is killed.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use jwtauth::{FileStore, RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore, StoreError};
use rocket::tokio;

const NOW: u64 = 1_750_000_000;

/// The environment variables with the task of the other process and its file.
const TASK: &str = "JWTAUTH_TESTS_FILE_TASK";
const FILE: &str = "JWTAUTH_TESTS_FILE";

const THREADS: usize = 16;
const SESSIONS: usize = 20;

/// The reports of the process about a session before it was killed.
#[derive(Default)]
struct Known {
    user: String,
    /// The highest confirmed generation. `None` if the creation was not confirmed.
    generation: Option<u64>,
    /// The process started to end the session.
    ending: bool,
    ended: bool,
}

/// `JWTAUTH_KILLS` sets the number of kills. The default is 10. The process is killed under load and again while it
/// opens the file. Then all confirmed changes must be in the file.
#[test]
fn file_store_keeps_answered_steps_when_killed() {
    let kills = env::var("JWTAUTH_KILLS").map_or(10, |kills| kills.parse().expect("a number"));
    let directory = Directory::new();
    let mut known = HashMap::<String, Known>::new();
    let (mut steps, mut one_more) = (0, 0);
    for round in 0..kills {
        let mut child = directory.spawn("load");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let last = random() % 3000;
        for (number, line) in lines.enumerate() {
            let Ok(line) = line else { break };
            if number as u64 == last {
                child.kill().expect("SIGKILL");
            }
            steps += u64::from(note(&mut known, &line));
        }
        child.wait().expect("an end");

        // The second kill is during the repair of the file or shortly after. This process makes no changes, because its
        // output is not read.
        let mut child = directory.spawn("open");
        thread::sleep(Duration::from_micros(random() % 30_000));
        child.kill().expect("SIGKILL");
        child.wait().expect("an end");

        one_more += rocket::execute(check(&directory.file(), &mut known, round));
    }
    assert!(steps > 100, "it did nothing");
    println!("{kills} kills, {steps} steps answered, {} sessions, {one_more} steps not answered but made", known.len());
}

/// Reads a line of the process. Returns whether it reports a step.
fn note(known: &mut HashMap<String, Known>, line: &str) -> bool {
    let words: Vec<_> = line.split(' ').collect();
    match words[..] {
        ["creating", user, id, "."] => known.entry(id.into()).or_default().user = user.into(),
        ["created", id, "."] => known.get_mut(id).expect("it is being created").generation = Some(0),
        ["step", id, generation, "."] => {
            known.get_mut(id).expect("it is there").generation = Some(generation.parse().expect("a number"));
            return true;
        }
        ["ending", id, "."] => known.get_mut(id).expect("it is there").ending = true,
        ["ended", id, "."] => known.get_mut(id).expect("it is there").ended = true,
        // This line is incomplete, or from the test runner.
        _ => {}
    }
    false
}

/// Checks the file, and counts the steps that were made but not confirmed.
async fn check(file: &Path, known: &mut HashMap<String, Known>, round: u64) -> u64 {
    let store = FileStore::open(file).await.unwrap_or_else(|error| panic!("round {round}: {}", causes(&error)));
    let mut one_more = 0;
    let mut listed = HashMap::<String, Vec<SessionId>>::new();
    for (id, known) in known.iter_mut() {
        let id: SessionId = id.parse().expect("an id");
        let row = store.get(id).await.expect("get");
        let Some(row) = row else {
            assert!(known.ended || known.ending || known.generation.is_none(), "round {round}: {id} is lost");
            known.ended = true;
            continue;
        };
        assert!(!known.ended, "round {round}: {id} has ended, and is there");
        // A step may have been made without a confirmation.
        let answered = known.generation.unwrap_or(0);
        assert!(
            (answered..=answered + 1).contains(&row.generation),
            "round {round}: {id} has {}, answered was {answered}",
            row.generation
        );
        one_more += row.generation - answered;
        known.generation = Some(row.generation);
        known.ending = false;
        if !listed.contains_key(&row.userid) {
            let sessions = store.list(&row.userid, NOW).await.expect("list");
            listed.insert(row.userid.clone(), sessions.iter().map(|session| session.id).collect());
        }
        assert!(listed[&row.userid].contains(&id), "round {round}: {id} is not in the list of its user");
        assert_eq!(row.userid, known.user);
    }
    let there = known.values().filter(|known| !known.ended && known.generation.is_some()).count();
    assert_eq!(listed.values().map(Vec::len).sum::<usize>(), there, "round {round}: more are listed than there are");

    // The last confirmed token is valid, and an older one counts as reuse.
    let spent = known.iter().find(|(_, known)| !known.ended && known.generation >= Some(2)).map(|(id, _)| id.clone());
    if let Some(id) = spent {
        let known = known.get_mut(&id).expect("it was found");
        let (id, generation) = (id.parse().expect("an id"), known.generation.expect("it has one"));
        assert_eq!(
            store.advance(id, step(generation)).await.expect("advance"),
            RefreshOutcome::Next { generation: generation + 1 }
        );
        assert_eq!(store.advance(id, step(generation - 2)).await.expect("advance"), RefreshOutcome::Reused);
        known.ended = true;
    }
    one_more
}

/// The code of the other process, which runs this function with a task. Without a task, it does nothing.
#[test]
fn another_process() {
    let (Ok(task), Some(file)) = (env::var(TASK), env::var_os(FILE)) else { return };
    rocket::execute(async move {
        let store = match FileStore::open(file).await {
            Ok(store) => Arc::new(store),
            Err(error) => return say(format_args!("refused: {}", causes(&error))),
        };
        say(format_args!("open"));
        match task.as_str() {
            "load" => load(store).await,
            // The process then waits until it is killed or its standard input is closed.
            "open" => drop(std::io::stdin().lines().next()),
            _ => panic!("{task} is no task"),
        }
    });
}

async fn load(store: Arc<FileStore>) {
    let runtime = tokio::runtime::Handle::current();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (store, runtime) = (Arc::clone(&store), runtime.clone());
            thread::spawn(move || runtime.block_on(work(&store, thread)))
        })
        .collect();
    tokio::task::spawn_blocking(|| threads.into_iter().for_each(|thread| thread.join().expect("a thread")))
        .await
        .expect("threads");
}

/// Runs forever: makes steps, sometimes ends a session, and keeps the number of sessions constant.
async fn work(store: &FileStore, thread: usize) {
    let user = format!("user-{thread}");
    let mut sessions: Vec<_> = store.list(&user, NOW).await.expect("list");
    loop {
        while sessions.len() < SESSIONS {
            let mut session = SessionRecord::new(SessionId::random().expect("an id"), &*user, NOW, NOW + 1000);
            session.label = "x".repeat((random() % 256) as usize);
            say(format_args!("creating {user} {} .", session.id));
            store.create(&session, None).await.expect("create");
            say(format_args!("created {} .", session.id));
            sessions.push(session);
        }
        let index = (random() as usize) % sessions.len();
        let session = &mut sessions[index];
        if random().is_multiple_of(20) {
            say(format_args!("ending {} .", session.id));
            assert!(store.end(session.id).await.expect("end").is_some());
            say(format_args!("ended {} .", session.id));
            sessions.remove(index);
        } else {
            let answer = store.advance(session.id, step(session.generation)).await.expect("advance");
            assert_eq!(answer, RefreshOutcome::Next { generation: session.generation + 1 });
            session.generation += 1;
            say(format_args!("step {} {} .", session.id, session.generation));
        }
    }
}

#[test]
fn file_store_refuses_file_in_use_by_another_process() {
    let directory = Directory::new();
    let mut first = directory.spawn("open");
    let stdin = first.stdin.take();
    let mut lines = BufReader::new(first.stdout.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.expect("a line") == "open"));

    let error = rocket::execute(FileStore::open(directory.file())).expect_err("it is open");
    assert!(causes(&error).contains("is in use"), "{}", causes(&error));
    let second = directory.spawn("open").wait_with_output().expect("output");
    let said = String::from_utf8(second.stdout).expect("text");
    assert!(said.contains("refused: ") && said.contains("is in use"), "{said}");

    drop(stdin);
    assert!(first.wait().expect("an end").success());
    rocket::execute(FileStore::open(directory.file())).expect("nobody has it any more");
}

fn step(generation: u64) -> RefreshStep {
    RefreshStep { generation, now: NOW, grace: 30, ends_at: NOW + 1000, key_id: [1; 16] }
}

/// Prints a line in one write, without the capture of the test runner.
fn say(line: std::fmt::Arguments<'_>) {
    let line = format!("{line}\n");
    // The reader may have stopped.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

fn causes(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

fn random() -> u64 {
    let id = SessionId::random().expect("randomness");
    u64::from_le_bytes(id.as_bytes()[..8].try_into().expect("eight bytes"))
}

struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let id = SessionId::random().expect("an id");
        let directory = env::temp_dir().join(format!("jwtauth-tests-{id}"));
        fs::create_dir(&directory).expect("a directory");
        Directory(directory)
    }

    fn file(&self) -> PathBuf {
        self.0.join("sessions.db")
    }

    fn spawn(&self, task: &str) -> Child {
        Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "file::another_process", "--nocapture"])
            .env(TASK, task)
            .env(FILE, self.file())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program once more")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
