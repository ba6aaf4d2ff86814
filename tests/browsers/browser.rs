//! A client that keeps cookies as a browser does.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jwtauth_tests::answer::Answer;
use rocket::http::{Header, Method};

use crate::browser_app::App;

/// The names of the cookies in a profile other than debug.
pub(crate) const ACCESS: &str = "__Host-jwtauth";
pub(crate) const REFRESH: &str = "__Host-jwtauth-refresh";

/// The cookies of one browser. It sends them in the order of their names.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: Mutex<BTreeMap<String, String>>,
}

/// The headers of a request from a page of the application itself.
pub(crate) const SAME_ORIGIN: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

impl Browser {
    pub(crate) async fn get(&self, app: &App, path: &str) -> Answer {
        self.send(app, Method::Get, path, &[], "").await
    }

    /// Submits a form of one of the application's pages.
    pub(crate) async fn post(&self, app: &App, path: &str) -> Answer {
        self.send(app, Method::Post, path, &[SAME_ORIGIN], "").await
    }

    /// Sends a request, and keeps the cookies of the response.
    pub(crate) async fn send(
        &self,
        app: &App,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let answer = self.send_and_lose(app, method, path, headers, body).await;
        self.keep(&answer);
        answer
    }

    /// Sends a request, and never sees the response.
    pub(crate) async fn send_and_lose(
        &self,
        app: &App,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = app.client.req(method, path.to_owned()).body(body);
        for (name, value) in headers {
            request.add_header(Header::new(name.to_string(), value.to_string()));
        }
        if let Some(cookies) = self.header() {
            request.add_header(Header::new("Cookie", cookies));
        }
        Answer::of(request.dispatch().await).await
    }

    /// Keeps the cookies of a response.
    pub(crate) fn keep(&self, answer: &Answer) {
        for cookie in set_cookies(answer) {
            if cookie.max_age == Some(0) {
                self.remove(&cookie.name);
            } else {
                self.set(&cookie.name, &cookie.value);
            }
        }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn remove(&self, name: &str) {
        self.cookies.lock().expect("cookies").remove(name);
    }

    /// Another tab of the same browser, as far as its cookies go.
    pub(crate) fn copy(&self) -> Browser {
        Browser { cookies: Mutex::new(self.cookies.lock().expect("cookies").clone()) }
    }

    /// The value of `Cookie`.
    pub(crate) fn header(&self) -> Option<String> {
        let cookies = self.cookies.lock().expect("cookies");
        let pairs = Vec::from_iter(cookies.iter().map(|(name, value)| format!("{name}={value}")));
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// A `Set-Cookie` header.
#[derive(Debug)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) max_age: Option<u64>,
    /// The attributes but for `Max-Age`, as they are.
    pub(crate) attributes: Vec<String>,
}

/// The cookies that a response sets.
pub(crate) fn set_cookies(answer: &Answer) -> Vec<SetCookie> {
    let parse = |header: &str| {
        let mut parts = header.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a name and a value");
        let (max_age, attributes): (Vec<_>, Vec<_>) =
            parts.map(str::to_owned).partition(|it| it.starts_with("Max-Age="));
        let max_age = max_age.first().map(|it| it["Max-Age=".len()..].parse().expect("a number"));
        SetCookie { name: name.to_owned(), value: value.to_owned(), max_age, attributes }
    };
    answer.headers("Set-Cookie").into_iter().map(parse).collect()
}
