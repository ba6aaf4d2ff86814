//! A page of another origin uses the API of the example `spa`.

use jwtauth_tests::folder::Folder;

use crate::browser::{Browser, eventually};
use crate::redis::free_port;
use crate::site::{Site, url};

fn answer(browser: &Browser, way: &str, button: &str) -> String {
    browser.script(&format!("document.querySelector('#{way} output').textContent = ''"));
    browser.click(&format!("#{way} [name={button}]"));
    let mut text = String::new();
    eventually("the API answers", || {
        let output = browser.script(&format!("return document.querySelector('#{way} output').textContent"));
        text = output.as_str().expect("a text").to_owned();
        !text.is_empty()
    });
    text
}

#[test]
fn page_of_another_origin_logs_in_by_cookie_and_by_header() {
    let Some(browser) = Browser::start() else { return };
    let (folder, port) = (Folder::new(), free_port());
    let settings = format!(r#"expiration_delta="1s",cookies={{origins=["http://localhost:{port}"]}}"#);
    let _api = Site::start("spa", &folder, &settings, &[("ROCKET_SPA", &format!("{{page_port={port}}}"))]);
    eventually("the page is there", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    browser.open(&url(port, "/"));

    for way in ["cookie", "header"] {
        assert!(answer(&browser, way, "me").starts_with("401 "), "{way}");
        let login = answer(&browser, way, "login");
        assert!(login.starts_with("200 "), "{login}");
        assert_eq!(login.contains("refresh_token"), way == "header", "{login}");
        for _ in 0..2 {
            assert_eq!(answer(&browser, way, "me"), "200 Hello, Alice");
            // Until the token has expired.
            std::thread::sleep(std::time::Duration::from_millis(1_500));
        }
        assert!(answer(&browser, way, "logout").starts_with("204 "), "{way}");
        assert!(answer(&browser, way, "me").starts_with("401 "), "{way}");
    }
}
