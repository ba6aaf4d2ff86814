//! Warnings at launch about the times of keys. The clock shows 2025-06-15T15:06:40Z.

use jwtauth::{Clock, JwtAuth};
use jwtauth_tests::NOW;

use crate::launch::{Launch, SECRET, in_jail, launch_this, rocket_toml};
use crate::pem::{EDDSA, EDDSA_PUBLIC, ES256};

/// A key for the list, with its own secret.
fn secret(number: usize, times: &str) -> String {
    format!("[[default.jwtauth.keys]]\nmaster_secret = \"number {number} {SECRET}\"\nkid = \"{number}\"\n{times}\n")
}

fn pair(times: &str) -> String {
    format!("[[default.jwtauth.keys]]\nprivate_key = '''{EDDSA}'''\nalgorithm = \"EdDSA\"\n{times}\n")
}

/// The warnings of a launch with these settings and the clock of the tests.
fn warnings(settings: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    in_jail(|jail| warnings = warnings_in(jail, settings));
    warnings
}

fn warnings_in(jail: &figment::Jail, settings: &str) -> Vec<String> {
    rocket_toml(jail, &format!("[default.jwtauth]\n{settings}"));
    let launch = launch_here();
    launch.config();
    launch.warnings().into_iter().map(str::to_owned).collect()
}

fn launch_here() -> Launch {
    launch_this(|| rocket::build().attach(JwtAuth::fairing().clock(Clock::manual(NOW))))
}

#[track_caller]
fn assert_warned(settings: &str, expected: &[&str]) {
    let warnings = warnings(settings);
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for (warning, words) in warnings.iter().zip(expected) {
        assert!(warning.contains(words), "{words:?} is not in {warning:?}");
    }
}

#[test]
fn launch_does_not_warn_of_orderly_key_roll() {
    assert_warned(&secret(1, ""), &[]);
    assert_warned(&[secret(1, ""), secret(2, "retire_at = 2025-06-15T15:06:41Z")].concat(), &[]);
    assert_warned(&[secret(1, "sign_from = 2025-06-16T00:00:00Z"), secret(2, "")].concat(), &[]);
    // The old key signs until the new one does, and stays until its last tokens have expired.
    let roll = [secret(1, "sign_from = 2025-06-16T00:00:00Z"), secret(2, "retire_at = 2025-06-16T00:30:00Z")];
    assert_warned(&roll.concat(), &[]);
}

#[test]
fn launch_warns_of_retired_key() {
    let settings = [secret(1, ""), secret(2, "retire_at = 2025-06-15T15:06:40Z")].concat();
    assert_warned(&settings, &["`keys[1].retire_at` has passed: the key can be removed"]);
}

#[test]
fn launch_warns_of_time_without_signing_key() {
    let begin = "sign_from = 2025-06-15T15:06:41Z";
    assert_warned(
        &secret(1, begin),
        &["at present no key of `keys` signs, until one does from 2025-06-15T15:06:41Z on"],
    );
    let end = "retire_at = 2025-07-01T00:00:00Z";
    assert_warned(&secret(1, end), &["from 2025-07-01T00:00:00Z on no key of `keys` signs: those that could"]);
    let gap = [secret(1, "sign_from = 2025-07-02T00:00:00Z"), secret(2, end)].concat();
    assert_warned(&gap, &["from 2025-07-01T00:00:00Z on no key of `keys` signs, until one does from 2025-07-02"]);
    let none_left = [secret(1, "retire_at = 2025-06-01T00:00:00Z"), pair("").replace("private_key", "public_key")];
    let none_left = none_left.concat().replace(EDDSA, EDDSA_PUBLIC);
    assert_warned(&none_left, &["at present no key of `keys` signs: those that could are retired", "has passed"]);
    // Two keys in sequence, without a gap.
    let chain = [secret(1, end), secret(2, "sign_from = 2025-06-30T00:00:00Z\nretire_at = 2025-08-01T00:00:00Z")];
    let warnings = warnings(&chain.concat());
    assert!(warnings.iter().any(|warning| warning.starts_with("from 2025-08-01T00:00:00Z on")), "{warnings:#?}");
    // A key that only verifies never signs.
    assert_warned(
        &pair("retire_at = 2025-07-01T00:00:00Z").replace("private_key", "public_key").replace(EDDSA, EDDSA_PUBLIC),
        &[],
    );
}

#[test]
fn launch_warns_of_key_retired_before_its_tokens_expire() {
    let roll = |begin: &str, end: &str| {
        [secret(1, &format!("sign_from = 2025-06-16T{begin}Z")), secret(2, &format!("retire_at = 2025-06-{end}Z"))]
            .concat()
    };
    let expected = "`keys[1]` signs tokens that are good for 30m, and is retired before the last of them has run out: from \
                    2025-06-16T00:29:59Z on it is refused";
    assert_warned(&roll("00:00:00", "16T00:29:59"), &[expected]);
    let refreshing = |rest: &str, end: &str| format!("allow_refresh = true\n{rest}\n{}", roll("00:00:00", end));
    assert_warned(&refreshing("", "22T23:59:59"), &["`keys[1]` signs tokens that are good for 7days"]);
    assert_warned(&refreshing("", "23T00:00:00"), &[]);
    assert_warned(&refreshing("verify_expiration_on_refresh = true", "16T00:30:00"), &[]);
    let endless = "refresh_delta = \"unlimited\"\nmax_lifetime = \"30d\"";
    assert_warned(&refreshing(endless, "30T00:00:00"), &["good for ever"]);
    // The first key signs until its end, although other keys could.
    let first = [secret(1, "retire_at = 2025-07-01T00:00:00Z"), secret(2, "")].concat();
    assert_warned(&first, &["`keys[0]` signs tokens that are good for 30m"]);
    // With sessions, the access token is not refreshed.
    let sessions = "[default.jwtauth.sessions]\nsecret = \"a secret of refresh tokens, 38 bytes l\"\n";
    let settings = format!("allow_refresh = true\n{}{sessions}", roll("00:00:00", "16T00:30:00"));
    assert_warned(&settings, &[]);
}

#[test]
fn launch_warns_of_published_key_that_signs_too_soon() {
    let roll = |begin: &str| {
        let old = format!("[[default.jwtauth.keys]]\nprivate_key = '''{ES256}'''\nalgorithm = \"ES256\"\n");
        format!("{}{old}", pair(&format!("sign_from = 2025-06-15T{begin}Z")))
    };
    let published = |begin: &str| format!("jwks_path = \"/jwks.json\"\n{}", roll(begin));
    assert_warned(&published("15:11:39"), &["a key signs in 299 seconds; clients that fetched the keys just before"]);
    assert_warned(&published("15:06:41"), &["a key signs in 1 seconds"]);
    assert_warned(&published("15:11:40"), &[]);
    assert_warned(&published("15:06:40"), &[]);
    assert_warned(&roll("15:11:39"), &[]);
    // A secret is not published.
    let secret = format!("jwks_path = \"/jwks.json\"\n{}{}", secret(1, "sign_from = 2025-06-15T15:11:39Z"), pair(""));
    assert_warned(&secret, &[]);
}

#[test]
fn launch_warns_of_key_that_cannot_be_published() {
    // The generator of the curve, without its y coordinate.
    const COMPRESSED: &str = "-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpY=
-----END PUBLIC KEY-----
";
    let key =
        format!("[[default.jwtauth.keys]]\npublic_key = '''{COMPRESSED}'''\nalgorithm = \"ES256\"\nkid = \"half\"\n");
    let settings = format!("{}{key}", pair(""));
    assert_warned(&format!("jwks_path = \"/jwks.json\"\n{settings}"), &["the key `half` is not published"]);
    assert_warned(&settings, &[]);
}

const SESSIONS: &str = "[default.jwtauth.sessions]\n";
const HANG: &str = "keys can roll, and `sessions.secret_file` is not set";

#[test]
fn launch_warns_of_sessions_bound_to_rolling_keys() {
    let on = |settings: &str| format!("allow_refresh = true\n{settings}");
    assert_warned(&on(&[&secret(1, ""), SESSIONS].concat()), &[HANG]);
    let own = "[default.jwtauth.sessions]\nsecret = \"a secret of refresh tokens, 38 bytes l\"\n";
    assert_warned(&on(&[&secret(1, ""), own].concat()), &[]);
    assert_warned(&on(&format!("master_secret = \"{SECRET}\"\n{SESSIONS}")), &[]);
    let retired = [&secret(1, ""), &secret(2, "retire_at = 2025-06-15T15:06:40Z"), SESSIONS].concat();
    let still_needed = "`keys[1].retire_at` has passed: only sessions that began with the key still need it";
    assert_warned(&on(&retired), &[still_needed, HANG]);

    in_jail(|jail| {
        jail.create_file("secret", SECRET).expect("a file");
        let settings = on(&format!("reload = \"30s\"\nmaster_secret_file = \"secret\"\n{SESSIONS}"));
        let warnings = warnings_in(jail, &settings);
        assert!(warnings.len() == 1 && warnings[0].starts_with(HANG), "{warnings:#?}");
    });
}

#[test]
fn launch_warns_of_reload_without_files() {
    let reload = |keys: &str| format!("reload = 30\n{keys}");
    let expected = "`reload` is set, but no key is in a file";
    assert_warned(&reload(&format!("master_secret = \"{SECRET}\"")), &[expected]);
    // The list itself can be reread.
    assert_warned(&reload(&secret(1, "")), &[]);
    in_jail(|jail| {
        jail.create_file("secret", SECRET).expect("a file");
        let file = "[[default.jwtauth.keys]]\nmaster_secret_file = \"secret\"\n";
        assert!(warnings_in(jail, &reload(&format!("{}{file}", secret(1, "")))).is_empty());
    });
}

#[test]
fn reload_setting_is_a_positive_duration() {
    in_jail(|jail| {
        jail.create_file("secret", SECRET).expect("a file");
        for (written, expected) in [("\"30s\"", Some(30)), ("1", Some(1)), ("\"unlimited\"", None)] {
            rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret_file = \"secret\"\nreload = {written}"));
            assert_eq!(launch_here().config().reload, expected, "{written}");
        }
        for written in ["0", "\"often\"", "-1", "true"] {
            rocket_toml(jail, &format!("[default.jwtauth]\nmaster_secret_file = \"secret\"\nreload = {written}"));
            launch_here().fault("reload");
        }
    });
}
