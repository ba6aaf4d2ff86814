//! Hand-written HTTP over real connections.

use jwtauth_tests::answer::Answer;
use jwtauth_tests::server;
use rocket::tokio::io::AsyncWriteExt;
use rocket::tokio::net::TcpStream;
use rocket::{routes, tokio};
use serde_json::{Value, json};

use crate::browser::{ACCESS, REFRESH};
use crate::browser_app::{Mode, Parts, in_both_modes, refresh};

/// An application on a free port of this machine.
struct Server {
    parts: Parts,
    server: server::Server,
}

impl Server {
    async fn start(mode: Mode, profile: &str, cookies: Value) -> Self {
        let parts = Parts::default();
        let rocket = parts.rocket(mode, json!({ "cookies": cookies }), |fairing| fairing);
        let figment = rocket.figment().clone().select(profile.to_owned());
        let server = server::Server::start(rocket.configure(figment).mount("/", routes![refresh])).await;
        Server { parts, server }
    }

    async fn stop(self) {
        self.server.stop().await;
    }

    async fn connect(&self) -> TcpStream {
        self.server.connect().await
    }

    async fn raw(&self, request: &[u8]) -> Answer {
        self.server.raw(request).await
    }

    async fn send(&self, start: &str, headers: &[&str]) -> Answer {
        self.server.send(start, headers).await
    }

    /// Logs a user in. Returns the pairs of the cookies.
    async fn login(&self, user: &str) -> [String; 2] {
        let reply = self.send(&format!("POST /login/{user}"), &["Host: app.example"]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let cookies = reply.headers("set-cookie");
        let pairs = Vec::from_iter(cookies.iter().map(|it| it.split(';').next().expect("a pair").to_owned()));
        pairs.try_into().expect("two cookies")
    }
}

#[test]
fn origin_must_be_https_and_the_host_of_the_request() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let [access, _] = server.login("alice").await;
        let cookie = format!("Cookie: {access}");
        for (host, origin, passes) in [
            ("app.example", "https://app.example", true),
            ("APP.example", "https://app.example", true),
            ("app.example:443", "https://app.example", true),
            ("app.example:8443", "https://app.example:8443", true),
            ("[::1]:8443", "https://[::1]:8443", true),
            ("127.0.0.1:8000", "https://127.0.0.1:8000", true),
            ("app.example", "https://app.example:8443", false),
            ("app.example:8443", "https://app.example", false),
            ("app.example:80", "https://app.example", false),
            ("app.example", "http://app.example", false),
            ("app.example", "HTTPS://app.example", false),
            ("app.example", "https://evil.example", false),
            ("app.example", "https://www.app.example", false),
            ("app.example", "https://app.example.evil.example", false),
            ("app.example", "https://evil.example@app.example", false),
            ("app.example", "https://app.example/", false),
            ("app.example", "https://app.example https://evil.example", false),
            ("app.example", "app.example", false),
            ("app.example", "null", false),
            ("app.example", "", false),
            // A proxy has rewritten `Host`.
            ("backend:8000", "https://app.example", false),
            ("", "https://", false),
        ] {
            let [host_header, origin_header] = [format!("Host: {host}"), format!("Origin: {origin}")];
            let reply = server.send("POST /me", &[&host_header, &cookie, &origin_header]).await;
            assert_eq!(reply.status, if passes { 200 } else { 403 }, "{host} {origin} {reply:?}");
            assert_eq!(reply.headers("set-cookie"), [""; 0]);
        }
        // Browsers that tell where a request comes from are believed whatever the proxy did.
        for site in ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"] {
            let headers = ["Host: backend:8000", &cookie, "Origin: https://app.example", site];
            assert_eq!(server.send("POST /me", &headers).await.status, 200, "{site}");
        }
        let headers = ["Host: app.example", &cookie, "Origin: https://app.example", "Sec-Fetch-Site: same-site"];
        assert_eq!(server.send("POST /me", &headers).await.status, 403);
        server.stop().await;
    });
}

#[test]
fn origin_cannot_be_smuggled() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({ "origins": ["https://spa.example"] })).await;
        let [access, _] = server.login("alice").await;
        let post = async |headers: &[u8]| {
            let mut request = b"POST /me HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n".to_vec();
            request.extend_from_slice(format!("Cookie: {access}\r\n").as_bytes());
            request.extend_from_slice(headers);
            request.extend_from_slice(b"\r\n");
            server.raw(&request).await.status
        };
        assert_eq!(post(b"Host: app.example\r\nOrigin: https://spa.example\r\n").await, 200);
        assert_eq!(post(b"Host: app.example\r\norigin:https://spa.example\r\n").await, 200);
        for headers in [
            &b"Host: app.example\r\nOrigin: https://spa.example\r\nOrigin: https://evil.example\r\n"[..],
            b"Host: app.example\r\nOrigin: https://evil.example\r\norigin: https://spa.example\r\n",
            b"Host: app.example\r\nOrigin: https://spa.example, https://evil.example\r\n",
            b"Host: app.example\r\nOrigin: \xff\r\n",
            b"Host: app.example\r\nOrigin: https://app.example\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: none\r\n",
            b"Host: app.example\r\nX-Forwarded-Host: evil.example\r\nOrigin: https://evil.example\r\n",
            b"Host: app.example\r\nForwarded: host=evil.example\r\nOrigin: https://evil.example\r\n",
            b"Host: app.example\r\n",
            b"Host: app.example\r\nReferer: https://spa.example/\r\n",
        ] {
            assert_eq!(post(headers).await, 403, "{}", String::from_utf8_lossy(headers));
        }
        // Without a host, or with another one in the request line.
        let request = format!("POST /me HTTP/1.0\r\nCookie: {access}\r\nOrigin: https://app.example\r\n\r\n");
        assert_eq!(server.raw(request.as_bytes()).await.status, 403);
        let headers = ["Host: app.example", &format!("Cookie: {access}"), "Origin: https://evil.example"];
        assert_eq!(server.send("POST http://evil.example/me", &headers).await.status, 403);
        server.stop().await;
    });
}

#[test]
fn debug_profile_accepts_http_and_plain_names() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "debug", json!({})).await;
        let reply = server.send("POST /login/alice", &["Host: localhost:8000", "Origin: http://localhost:8000"]).await;
        let set = reply.headers("set-cookie");
        assert!(set.len() == 2 && set[0].starts_with("jwtauth=") && set[1].starts_with("jwtauth-refresh="), "{set:?}");
        assert!(set.iter().all(|it| it.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax")), "{set:?}");
        let pair = set[0].split(';').next().expect("a pair");
        let cookie = format!("Cookie: {pair}");
        for (origin, status) in [
            ("http://localhost:8000", 200),
            ("https://localhost:8000", 200),
            ("http://localhost:8001", 403),
            ("http://localhost", 403),
            ("null", 403),
        ] {
            let headers = ["Host: localhost:8000", &cookie, &format!("Origin: {origin}")];
            assert_eq!(server.send("POST /me", &headers).await.status, status, "{origin}");
        }
        let prefixed = format!("Cookie: __Host-{pair}");
        assert_eq!(server.send("GET /me", &["Host: localhost:8000", &prefixed]).await.status, 401);
        server.stop().await;

        let server = Server::start(mode, "release", json!({})).await;
        let [access, refresh] = server.login("alice").await;
        for pair in [access, refresh] {
            let plain = format!("Cookie: {}", pair.trim_start_matches("__Host-"));
            assert_eq!(server.send("GET /me", &["Host: app.example", &plain]).await.status, 401);
        }
        server.stop().await;
    });
}

#[test]
fn cookie_headers_are_read_exactly() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let [mine, my_refresh] = server.login("alice").await;
        let [other, other_refresh] = server.login("bob").await;
        let get = async |cookies: &[&str]| {
            let mut headers = vec!["Host: app.example"];
            headers.extend(cookies);
            server.send("GET /me", &headers).await
        };
        let both = format!("Cookie: {mine}; {my_refresh}");
        assert_eq!(get(&[&both]).await.body, "alice 0");
        assert_eq!(get(&[&format!("Cookie: {mine}"), &format!("Cookie: {my_refresh}")]).await.body, "alice 0");
        for (first, second) in [(&mine, &other), (&other, &mine), (&my_refresh, &other_refresh)] {
            // The access cookie of the third pair is missing, so that its refresh cookie is looked for.
            for cookies in [
                vec![format!("Cookie: {first}; {second}")],
                vec![format!("Cookie: {first};{second}")],
                vec![format!("Cookie: {first}"), format!("cookie: {second}")],
            ] {
                let reply = get(&Vec::from_iter(cookies.iter().map(String::as_str))).await;
                assert_eq!((reply.status, reply.headers("set-cookie").len()), (400, 0), "{reply:?}");
            }
        }
        let tossed = other.replace("__Host", "__%48ost");
        for cookies in [format!("{mine}; {tossed}"), format!("{tossed}; {mine}")] {
            assert_eq!(get(&[&format!("Cookie: {cookies}")]).await.body, "alice 0");
        }
        assert_eq!(get(&[&format!("Cookie: {tossed}")]).await.status, 401);
        let value = other.split_once('=').expect("a pair").1;
        for (cookie, status) in [
            (format!("Cookie: {ACCESS} ={value}"), 401),
            (format!("Cookie: {ACCESS}= {value}"), 401),
            (format!("Cookie: {ACCESS}=\"{value}\""), 401),
            (format!("Cookie: {ACCESS}={value};"), 200),
            (format!("Cookie: {ACCESS}={value} "), 200),
            (format!("Cookie: ;;  {ACCESS}={value}; ;a"), 200),
            (format!("Cookie: a=\"; {ACCESS}={value}; b=\""), 200),
            (format!("Cookie: a=b, {ACCESS}={value}"), 401),
        ] {
            assert_eq!(get(&[&cookie]).await.status, status, "{cookie}");
        }
        // Rocket drops a header that is not UTF-8.
        let mut request = b"GET /me HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nCookie: a=\xff; ".to_vec();
        request.extend_from_slice(format!("{mine}\r\n\r\n").as_bytes());
        assert_eq!(server.raw(&request).await.status, 401);
        server.stop().await;
    });
}

#[test]
fn renewal_and_logout_write_one_header_for_each_cookie() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
        server.parts.clock.advance(std::time::Duration::from_secs(30 * 60));
        for (start, status) in [("GET /me", 200), ("HEAD /me", 200), ("GET /panics", 500), ("GET /fails", 418)] {
            let reply = server.send(start, &["Host: app.example", &cookies]).await;
            assert_eq!(reply.status, status, "{reply:?}");
            let set = reply.headers("set-cookie");
            assert_eq!(set.len(), 2, "{start} {reply:?}");
            for (cookie, name) in set.iter().zip([ACCESS, REFRESH]) {
                assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
                assert!(cookie.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
            }
            assert_eq!(reply.headers("cache-control"), ["no-store"], "{start}");
            assert_eq!(reply.headers("vary"), ["Cookie"], "{start}");
        }
        let own = ["Host: app.example", "Origin: https://app.example", &cookies];
        let reply = server.send("POST /logout", &own).await;
        let gone = "=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(reply.headers("set-cookie"), [format!("{ACCESS}{gone}"), format!("{REFRESH}{gone}")]);
        server.stop().await;
    });
}

#[test]
fn domain_is_in_the_cookies_that_are_set_and_removed() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({ "domain": "app.example", "same_site": "None" })).await;
        let reply = server.send("POST /login/alice", &["Host: app.example"]).await;
        let removed = server.send("POST /logout", &["Host: app.example"]).await;
        for set in [reply.headers("set-cookie"), removed.headers("set-cookie")] {
            assert!(set.len() == 2 && set.iter().all(|it| it.starts_with("__Secure-jwtauth")), "{set:?}");
            let end = "; Path=/; HttpOnly; SameSite=None; Secure; Domain=app.example";
            assert!(set.iter().all(|it| it.ends_with(end)), "{set:?}");
        }
        server.stop().await;
    });
}

#[test]
fn websocket_handshake_from_another_origin_is_refused() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
        for (origin, status) in [("https://app.example", 200), ("https://evil.example", 403), ("null", 403)] {
            let handshake = format!(
                "GET /me HTTP/1.1\r\nHost: app.example\r\n{cookies}\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {origin}\r\n\r\n"
            );
            assert_eq!(server.raw(handshake.as_bytes()).await.status, status, "{origin}");
        }
        server.stop().await;
    });
}

#[test]
fn form_with_another_method_is_judged_by_the_method_that_is_routed() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
        let post = async |body: &str| {
            let request = format!(
                "POST /me HTTP/1.1\r\nHost: app.example\r\n{cookies}\r\nOrigin: https://evil.example\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            server.raw(request.as_bytes()).await.status
        };
        assert_eq!(post("nickname=evil").await, 403);
        assert_eq!(post("_method=post&nickname=evil").await, 403);
        assert_eq!(post("_method=get&nickname=evil").await, 200, "it is a GET for the whole application");
        assert_ne!(post("_method=put&nickname=evil").await, 200);
        server.stop().await;
    });
}

#[test]
fn way_back_never_leads_to_another_site() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({ "login_url": "/login" })).await;
        for (path, location) in [
            ("/me", "/login?next=/me"),
            ("//evil.example/x", "/login"),
            ("///evil.example", "/login"),
            ("/%2F/evil.example", "/login?next=/%252F/evil.example"),
            ("/a//b?c=//d", "/login?next=/a//b%3Fc%3D//d"),
        ] {
            let reply = server.send(&format!("GET {path}"), &["Host: app.example", "Accept: text/html"]).await;
            assert_eq!((reply.status, reply.headers("location")), (303, vec![location]), "{path} {reply:?}");
        }
        let reply = server.send("GET http://evil.example/me", &["Host: app.example", "Accept: text/html"]).await;
        assert_eq!(reply.headers("location"), ["/login?next=/me"]);
        server.stop().await;
    });
}

#[test]
fn response_that_the_browser_never_reads_logs_nobody_out() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
        server.parts.clock.advance(std::time::Duration::from_secs(60 * 60));
        for _ in 0..3 {
            let loads = server.parts.users.loads("alice");
            let mut stream = server.connect().await;
            let request = format!("GET /me HTTP/1.1\r\nHost: app.example\r\n{cookies}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("it is sent");
            while server.parts.users.loads("alice") == loads {
                tokio::task::yield_now().await;
            }
            drop(stream);
        }
        // Long after the grace.
        server.parts.clock.advance(std::time::Duration::from_secs(60 * 60));
        let reply = server.send("GET /me", &["Host: app.example", &cookies]).await;
        assert_eq!((reply.status, reply.headers("set-cookie").len()), (200, 2), "{reply:?}");
        server.stop().await;
    });
}

#[test]
fn header_decides_over_the_cookie_of_another_user() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
        let bob = server.send("POST /login-for-programs/bob", &["Host: app.example"]).await;
        let bob: Value = serde_json::from_str(&bob.body).expect("JSON");
        let bearer = format!("Authorization: Bearer {}", bob["access_token"].as_str().expect("a token"));
        for headers in [[bearer.as_str(), &cookies], [&cookies, bearer.as_str()]] {
            let reply = server.send("GET /me", &["Host: app.example", headers[0], headers[1]]).await;
            assert_eq!((reply.status, reply.body.as_str()), (200, "bob 0"), "{reply:?}");
        }
        let bad = server.send("GET /me", &["Host: app.example", "Authorization: Bearer x", &cookies]).await;
        assert_eq!((bad.status, bad.headers("set-cookie").len()), (401, 0), "{bad:?}");
        server.stop().await;
    });
}

#[test]
fn expired_access_cookie_alone_is_refused_and_removed() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let [access, _] = server.login("alice").await;
        server.parts.clock.advance(std::time::Duration::from_secs(30 * 60));
        let reply = server.send("GET /me", &["Host: app.example", &format!("Cookie: {access}")]).await;
        assert_eq!(reply.status, 401, "{reply:?}");
        let set = reply.headers("set-cookie");
        assert!(set.len() == 2 && set.iter().all(|cookie| cookie.contains("=; Max-Age=0")), "{reply:?}");
        server.stop().await;
    });
}

#[test]
fn login_that_does_not_fit_into_a_cookie_sets_none() {
    in_both_modes(async |mode| {
        let server = Server::start(mode, "release", json!({})).await;
        let fits = server.send("POST /login-with/1000", &["Host: app.example"]).await;
        assert_eq!((fits.status, fits.headers("set-cookie").len()), (200, 2), "{fits:?}");
        assert!(fits.headers("set-cookie").iter().all(|cookie| cookie.len() <= 3800), "{fits:?}");
        let too_large = server.send("POST /login-with/4000", &["Host: app.example"]).await;
        assert_eq!((too_large.status, too_large.headers("set-cookie").len()), (500, 0), "{too_large:?}");
        server.stop().await;
    });
}

#[test]
fn logout_that_races_renewals_ends_the_login() {
    in_both_modes(async |mode| {
        if mode == Mode::Stateless {
            // Nothing is stored, so a renewal at the same time can bring the login back.
            return;
        }
        let server = Server::start(mode, "release", json!({})).await;
        for _ in 0..10 {
            let cookies = format!("Cookie: {}", server.login("alice").await.join("; "));
            server.parts.clock.advance(std::time::Duration::from_secs(30 * 60));
            let page = ["Host: app.example", &cookies];
            let own = ["Host: app.example", "Origin: https://app.example", &cookies];
            let (first, logout, second) = tokio::join!(
                server.send("GET /me", &page),
                server.send("POST /logout", &own),
                server.send("GET /me", &page),
            );
            assert_eq!(logout.status, 204, "{logout:?}");
            let renewed = [first, second].into_iter().filter(|reply| reply.status == 200);
            for reply in renewed {
                // Neither the cookies of a renewal that came first nor the old ones are worth anything.
                let pairs = reply.headers("set-cookie").into_iter().filter_map(|it| it.split(';').next());
                let renewed = format!("Cookie: {}", Vec::from_iter(pairs).join("; "));
                assert_eq!(server.send("GET /me", &["Host: app.example", &renewed]).await.status, 401);
            }
            assert_eq!(server.send("GET /me", &page).await.status, 401);
        }
        server.stop().await;
    });
}
