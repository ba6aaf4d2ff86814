//! curl with a cookie jar uses `accounts`, in which cookies are turned on by settings alone.

use std::process::Command;
use std::thread;
use std::time::Duration;

use jwtauth_tests::folder::Folder;
use serde_json::Value;

use crate::browser::is_installed;
use crate::site::Site;

/// curl with the cookie jar of a folder.
struct Curl<'t> {
    site: &'t Site,
    folder: &'t Folder,
}

impl Curl<'_> {
    /// Sends a request, and returns the status, the headers and the body.
    fn ask(&self, path: &str, arguments: &[&str]) -> (u16, String, String) {
        let jar = self.folder.path("cookies.txt");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--cookie"]).arg(&jar).arg("--cookie-jar").arg(&jar);
        let output = curl.args(arguments).arg(self.site.url(path)).output().expect("curl");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {text}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    /// Sends a form as a page of the site does.
    fn post(&self, path: &str, form: &str) -> (u16, String, String) {
        self.ask(path, &["--header", &format!("Origin: {}", self.site.url("")), "--data", form])
    }
}

#[test]
fn accounts_serves_curl_with_a_cookie_jar() {
    if !is_installed("curl") {
        return;
    }
    for sessions in [r#"sessions={url="memory:"}"#, ""] {
        let folder = Folder::new();
        let settings = format!(r#"expiration_delta="1s",cookies={{}},{sessions}"#);
        let site = Site::start("accounts", &folder, &settings, &[("ROCKET_PROFILE", "debug")]);
        let curl = Curl { site: &site, folder: &folder };
        assert_eq!(curl.ask("/me", &[]).0, 401);
        let (status, head, body) = curl.post("/login", "username=alice&password=wonderland");
        assert_eq!((status, head.matches("set-cookie: ").count()), (200, 2), "{head}\n{body}");
        assert!(!body.contains("token\""), "{body}");

        // Twice: the second renewal has the cookies of the first.
        for nickname in ["Queen", "Queen+Alice"] {
            let renamed = curl.ask(
                "/me/nickname",
                &[
                    "-X",
                    "PUT",
                    "--header",
                    &format!("Origin: {}", site.url("")),
                    "--data",
                    &format!("nickname={nickname}"),
                ],
            );
            assert_eq!(renamed.0, 204, "{renamed:?}");
            thread::sleep(Duration::from_millis(1_500));
            let (status, head, body) = curl.ask("/me", &[]);
            assert_eq!((status, head.matches("set-cookie: ").count()), (200, 2), "{head}\n{body}");
            let me: Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(me["nickname"], nickname.replace('+', " "), "the renewed login has the new nickname");
        }

        // Without `Origin`, and with that of another page, the cookies do not count.
        let other = ["--header", "Origin: http://other.example", "--data", ""];
        for arguments in [&other[..], &["--data", ""]] {
            assert_eq!(curl.ask("/logout", arguments).0, 403, "{arguments:?}");
        }
        let (status, head, _) = curl.post("/logout", "");
        assert_eq!((status, head.matches("max-age=0").count()), (204, 2), "{head}");
        // Before version 8, curl reads its jar again before it writes it, and so keeps one of two removed cookies.
        // Without sessions, an access token is good until it expires.
        thread::sleep(Duration::from_millis(1_500));
        assert_eq!(curl.ask("/me", &[]).0, 401);
    }
}

/// `POST /me/lock` changes the nonce, and the refresh nonce handler reports it to a renewal too.
#[test]
fn accounts_renews_no_cookie_of_a_locked_user() {
    if !is_installed("curl") {
        return;
    }
    for sessions in [r#"sessions={url="memory:"}"#, ""] {
        let folder = Folder::new();
        let settings = format!(r#"expiration_delta="1s",cookies={{}},{sessions}"#);
        let site = Site::start("accounts", &folder, &settings, &[("ROCKET_PROFILE", "debug")]);
        let curl = Curl { site: &site, folder: &folder };
        assert_eq!(curl.post("/login", "username=alice&password=wonderland").0, 200);
        assert_eq!(curl.post("/me/lock", "").0, 204);
        thread::sleep(Duration::from_millis(1_500));
        let (status, head, _) = curl.ask("/me", &[]);
        assert_eq!((status, head.matches("max-age=0").count()), (401, 2), "{head}");
    }
}
