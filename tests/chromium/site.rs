//! The examples as running servers.

use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtauth_tests::folder::Folder;
use jwtauth_tests::{SECRET, payload};

use crate::browser::{Browser, eventually};
use crate::program::{Process, example, without};
use crate::redis::free_port;

/// The cookies of the debug profile without TLS.
pub(crate) const ACCESS: &str = "jwtauth";
pub(crate) const REFRESH: &str = "jwtauth-refresh";

/// A running example.
pub(crate) struct Site {
    pub(crate) port: u16,
    _process: Process,
}

impl Site {
    /// Starts `pages` in the debug profile, with these settings of jwtauth. Its database is in this folder.
    pub(crate) fn pages(folder: &Folder, settings: &str) -> Self {
        Site::start("pages", folder, settings, &[("ROCKET_PROFILE", "debug")])
    }

    pub(crate) fn start(name: &str, folder: &Folder, settings: &str, variables: &[(&str, &str)]) -> Self {
        let port = free_port();
        let database = folder.path("users.sqlite");
        let mut process = Process::start(example(name), |command: &mut Command| {
            without(command, &["ROCKET_"]);
            command.envs([
                ("ROCKET_PORT", port.to_string().as_str()),
                ("ROCKET_LOG_LEVEL", "off"),
                ("ROCKET_DATABASES", &format!("{{{name}={{url={database:?},connect_timeout=60}}}}")),
                ("ROCKET_JWTAUTH", &format!("{{master_secret={SECRET:?},{settings}}}")),
            ]);
            command.envs(variables.iter().copied());
        });
        eventually("the site listens", || {
            assert!(process.is_running(), "{name} does not launch");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Site { port, _process: process }
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        url(self.port, path)
    }
}

/// The address of a page on a port of this machine.
pub(crate) fn url(port: u16, path: &str) -> String {
    format!("http://localhost:{port}{path}")
}

/// Logs a user in through the form.
pub(crate) fn log_in(browser: &Browser, port: u16, username: &str, password: &str) {
    browser.open(&url(port, "/members"));
    assert_eq!(browser.url(), url(port, "/login?next=/members"));
    browser.fill("[name=username]", username);
    browser.fill("[name=password]", password);
    browser.click("main button");
    browser.expect_url(&url(port, "/members"));
}

/// Waits until the access token of the cookie has expired.
pub(crate) fn wait_for_expiry(browser: &Browser) {
    let token = browser.cookie(ACCESS).expect("an access cookie");
    let expiry = payload(&token)["exp"].as_u64().expect("a time");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after the epoch");
    thread::sleep(Duration::from_secs(expiry).saturating_sub(now) + Duration::from_millis(100));
}

/// How often the login of the refresh cookie has been renewed: the bytes of a refresh token after its version and
/// session.
pub(crate) fn generation(browser: &Browser) -> u64 {
    let token = browser.cookie(REFRESH).expect("a refresh cookie");
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).expect("base64url");
    u64::from_be_bytes(bytes[17..25].try_into().expect("eight bytes"))
}
