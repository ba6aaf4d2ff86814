//! A headless Chromium, driven by WebDriver (<https://www.w3.org/TR/webdriver2/>).

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, thread};

use serde_json::{Value, json};

use crate::http;
use crate::program::Process;
use crate::redis::free_port;

/// A browser with a new profile. It closes when this is dropped.
pub(crate) struct Browser {
    port: u16,
    session: String,
    _driver: Process,
}

/// A tab of the browser.
#[derive(Clone, Debug)]
pub(crate) struct Tab(Value);

impl Browser {
    /// Starts a browser. Prints a message and returns `None` if Chromium or its driver is not installed.
    ///
    /// # Panics
    ///
    /// If one of them is missing in CI.
    pub(crate) fn start() -> Option<Self> {
        if !is_installed("chromium") || !is_installed("chromedriver") {
            return None;
        }
        let port = free_port();
        let driver = Process::start(Path::new("chromedriver"), |command| {
            command.arg(format!("--port={port}"));
        });
        let mut browser = Browser { port, session: String::new(), _driver: driver };
        eventually("chromedriver is ready", || {
            let status = http::send(port, "GET", "/status", "");
            status.is_ok_and(|(_, body)| body.contains(r#""ready":true"#))
        });
        // Root needs `--no-sandbox`. The shared memory of containers is small.
        let args =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1000,640"];
        let patience = Duration::from_secs(100).as_millis() as u64;
        let session = browser.ask(
            "POST",
            "",
            json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "timeouts": { "script": patience, "pageLoad": patience },
                "goog:chromeOptions": { "binary": path_of("chromium"), "args": args },
            } } }),
        );
        browser.session = format!("/{}", session["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    /// Opens a page, and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.ask("POST", "/url", json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.ask("POST", "/refresh", json!({}));
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        self.ask("GET", "/url", Value::Null).as_str().expect("a URL").to_owned()
    }

    /// The text of the page, as it is shown.
    pub(crate) fn text(&self) -> String {
        // Between two pages there is no body.
        self.script("return document.body?.innerText ?? ''").as_str().expect("a text").to_owned()
    }

    /// Types a text into a field in place of its value.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.ask("POST", &format!("{element}/clear"), json!({}));
        self.ask("POST", &format!("{element}/value"), json!({ "text": text }));
    }

    /// Waits until the browser is at this address.
    #[track_caller]
    pub(crate) fn expect_url(&self, url: &str) {
        eventually(url, || self.url() == url);
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub(crate) fn expect_text(&self, text: &str) {
        eventually(text, || self.text().contains(text));
    }

    /// Clicks. If this leads to another page, it may take a while.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.ask("POST", &format!("{element}/click"), json!({}));
    }

    /// Runs a function body in the page, and returns what it returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", json!({ "script": script, "args": [] }))
    }

    /// The cookies that the browser would send to the page's address, with their attributes.
    pub(crate) fn cookies(&self) -> Vec<Value> {
        self.ask("GET", "/cookie", Value::Null).as_array().expect("a list").clone()
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies();
        let cookie = cookies.iter().find(|cookie| cookie["name"] == name)?;
        cookie["value"].as_str().map(str::to_owned)
    }

    /// The tab that the other methods use.
    pub(crate) fn tab(&self) -> Tab {
        Tab(self.ask("GET", "/window", Value::Null))
    }

    /// Opens another tab. [`switch_to`](Self::switch_to) goes to it.
    pub(crate) fn new_tab(&self) -> Tab {
        Tab(self.ask("POST", "/window/new", json!({ "type": "tab" }))["handle"].clone())
    }

    pub(crate) fn switch_to(&self, tab: &Tab) {
        self.ask("POST", "/window", json!({ "handle": tab.0 }));
    }

    fn find(&self, selector: &str) -> String {
        let found = self.ask("POST", "/element", json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|found| found.values().next());
        format!("/element/{}", id.and_then(Value::as_str).expect("an element"))
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/session{}{path}", self.session);
        let (status, answer) = http::send(self.port, method, &path, &body).expect("chromedriver");
        assert_eq!(status, 200, "{method} {path} {body}: {answer}");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver closes the browser.
        if !self.session.is_empty() {
            let _ = http::send(self.port, "DELETE", &format!("/session{}", self.session), "");
        }
    }
}

/// Waits until the condition is true, at most a minute.
#[track_caller]
pub(crate) fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a program is installed. Prints that tests are skipped if it is not.
///
/// # Panics
///
/// If it is missing in CI.
pub(crate) fn is_installed(program: &'static str) -> bool {
    static TOLD: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = version.is_ok_and(|status| status.success());
    if !is_there {
        let is_ci = env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        assert!(!is_ci, "{program} is not installed, and CI runs without it: see .ci/chromium");
        if TOLD.lock().expect("a set").insert(program) {
            // Bypasses the output capture, which hides the output of passing tests.
            let text = format!("skipped: tests with {program}, which is not installed; `.ci/chromium` installs it");
            writeln!(io::stderr(), "{text}").expect("stderr is open");
        }
    }
    is_there
}

fn path_of(program: &str) -> String {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| file.exists()).map_or(program.to_owned(), |file| file.display().to_string())
}
