//! The times of a token, to the second.

use jwtauth::TokenError::{self, Claims as BadClaims, Expired, NotYetValid};
use jwtauth_tests::{NOW, forge};
use serde_json::json;

use crate::token_app::App;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The verdict at `now` on a token with `sub` and these members.
fn verdict(app: &App, now: u64, members: &str) -> Result<(), TokenError> {
    app.clock.set(now);
    app.userid(&forge(HEADER, format!(r#"{{"sub":"alice",{members}}}"#))).map(drop)
}

#[test]
fn token_expires_at_the_second_of_exp() {
    let app = App::new(json!({}));
    let exp = format!(r#""exp":{NOW}"#);
    assert_eq!(verdict(&app, NOW - 1, &exp), Ok(()));
    assert_eq!(verdict(&app, NOW, &exp), Err(Expired));
    assert_eq!(verdict(&app, NOW + 1, &exp), Err(Expired));
}

#[test]
fn leeway_moves_exp_by_just_as_much() {
    let app = App::new(json!({ "leeway": 10 }));
    let exp = format!(r#""exp":{NOW}"#);
    assert_eq!(verdict(&app, NOW + 9, &exp), Ok(()));
    assert_eq!(verdict(&app, NOW + 10, &exp), Err(Expired));
}

#[test]
fn token_becomes_valid_at_the_second_of_nbf() {
    let app = App::new(json!({}));
    let members = format!(r#""exp":{},"nbf":{NOW}"#, NOW + 60);
    assert_eq!(verdict(&app, NOW - 1, &members), Err(NotYetValid));
    assert_eq!(verdict(&app, NOW, &members), Ok(()));
}

#[test]
fn iat_may_lie_ahead_by_a_minute_or_the_larger_leeway() {
    for (leeway, tolerance) in [(0, 60), (10, 60), (60, 60), (61, 61), (300, 300)] {
        let app = App::new(json!({ "leeway": leeway }));
        let members = format!(r#""exp":{},"iat":{NOW}"#, NOW + 60);
        assert_eq!(verdict(&app, NOW - tolerance, &members), Ok(()), "leeway {leeway}");
        assert_eq!(verdict(&app, NOW - tolerance - 1, &members), Err(NotYetValid), "leeway {leeway}");
    }
}

#[test]
fn verifier_accepts_token_of_node_with_clock_ahead() {
    let (ahead, behind) = (App::new(json!({})), App::new(json!({})));
    ahead.clock.set(NOW + 1);
    let token = ahead.issue(()).expect("a key that signs");
    assert_eq!(behind.userid(&token).as_deref(), Ok("alice"));
}

#[test]
fn verifier_treats_negative_time_as_past() {
    // A leeway that reaches back before the epoch distinguishes -1 from 0.
    let huge = App::new(json!({ "leeway": NOW + 10 }));
    let cases = ["-1", "-0.1", "-1e0", "-1750000060", "-9223372036854775808", "-9223372036854775809", "-1e308"];
    let app = App::new(json!({}));
    for time in cases {
        assert_eq!(verdict(&app, NOW, &format!(r#""exp":{time}"#)), Err(Expired), "exp {time}");
        for name in ["nbf", "iat", "auth_time", "refresh_until"] {
            let members = format!(r#""exp":{},"{name}":{time}"#, NOW + 60);
            assert_eq!(verdict(&app, NOW, &members), Ok(()), "{name} {time}");
        }
    }
    for (exp, expected) in [("0", Ok(())), ("-9", Ok(())), ("-10", Err(Expired)), ("-9.5", Err(Expired))] {
        assert_eq!(verdict(&huge, NOW, &format!(r#""exp":{exp}"#)), expected, "exp {exp}");
    }
    let limited = App::new(json!({ "max_lifetime": NOW + 10 }));
    for (login, expected) in [("0", Ok(())), ("-9", Ok(())), ("-10", Err(Expired)), ("-1e308", Err(Expired))] {
        let members = format!(r#""exp":{},"auth_time":{login}"#, NOW + 60);
        assert_eq!(verdict(&limited, NOW, &members), expected, "auth_time {login}");
    }
}

#[test]
fn identity_gives_zero_for_times_before_the_epoch() {
    let app = App::new(json!({}));
    let members = format!(r#"{{"sub":"alice","exp":{},"iat":-1,"auth_time":-2}}"#, NOW + 60);
    let identity = app.verify::<()>(&forge(HEADER, members)).expect("acceptable");
    assert_eq!((identity.issued_at(), identity.auth_time()), (Some(0), Some(0)));
}

#[test]
fn token_issued_near_the_end_of_year_9999_is_accepted() {
    let app = App::new(json!({ "allow_refresh": true }));
    app.clock.set(253_402_300_799 - 60);
    let token = app.issue(()).expect("a key that signs");
    assert_eq!(app.userid(&token).as_deref(), Ok("alice"));
}

#[test]
fn leeway_moves_nbf_by_just_as_much() {
    let app = App::new(json!({ "leeway": 10 }));
    let members = format!(r#""exp":{},"nbf":{NOW}"#, NOW + 60);
    assert_eq!(verdict(&app, NOW - 11, &members), Err(NotYetValid));
    assert_eq!(verdict(&app, NOW - 10, &members), Ok(()));
}

#[test]
fn fractional_seconds_never_prolong_a_token() {
    let app = App::new(json!({}));
    for fraction in [".000001", ".4", ".5", ".999"] {
        let exp = format!(r#""exp":{NOW}{fraction}"#);
        assert_eq!(verdict(&app, NOW - 1, &exp), Ok(()), "{fraction}");
        assert_eq!(verdict(&app, NOW, &exp), Err(Expired), "{fraction}");
        for (name, tolerance) in [("nbf", 0), ("iat", 60)] {
            let members = format!(r#""exp":{},"{name}":{NOW}{fraction}"#, NOW + 60);
            assert_eq!(verdict(&app, NOW - tolerance, &members), Err(NotYetValid), "{name} {fraction}");
            assert_eq!(verdict(&app, NOW - tolerance + 1, &members), Ok(()), "{name} {fraction}");
        }
    }
}

#[test]
fn verifier_accepts_any_number_format_for_times() {
    let app = App::new(json!({}));
    assert_eq!(NOW, 1_750_000_000);
    for exp in ["1750000000", "1750000000.0", "1.75e9", "1750000000e0", "17500000000E-1", "1.750000000000e+9"] {
        let exp = format!(r#""exp":{exp}"#);
        assert_eq!(verdict(&app, NOW - 1, &exp), Ok(()), "{exp}");
        assert_eq!(verdict(&app, NOW, &exp), Err(Expired), "{exp}");
    }
}

#[test]
fn verifier_refuses_times_after_the_year_9999() {
    let app = App::new(json!({}));
    const LAST: u64 = 253_402_300_799;
    for name in ["exp", "auth_time", "refresh_until"] {
        let members = |time: u64| match name {
            "exp" => format!(r#""exp":{time}"#),
            _ => format!(r#""exp":{},"{name}":{time}"#, NOW + 60),
        };
        assert_eq!(verdict(&app, NOW, &members(LAST)), Ok(()), "{name}");
        assert_eq!(verdict(&app, NOW, &members(LAST + 1)), Err(BadClaims), "{name}");
    }
}

#[test]
fn verifier_refuses_invalid_time_even_if_optional() {
    // Without a limit, `exp` is optional. If it is present, it is still checked.
    let endless = App::new(json!({ "expiration_delta": "unlimited" }));
    assert_eq!(verdict(&endless, NOW, r#""x":0"#), Ok(()));
    assert_eq!(verdict(&App::new(json!({})), NOW, r#""x":0"#), Err(BadClaims), "exp is missing");
    for name in ["exp", "nbf", "iat", "auth_time", "refresh_until"] {
        for value in TIMES_THAT_ARE_NONE {
            assert_eq!(verdict(&endless, NOW, &format!(r#""{name}":{value}"#)), Err(BadClaims), "{name} {value}");
        }
    }
}

/// Values that are not valid times, for any claim.
pub(crate) const TIMES_THAT_ARE_NONE: [&str; 22] = [
    "1e308",
    "1e309",
    "1e400",
    "-1e400",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "253402300799.5",
    r#""soon""#,
    r#""1750000060""#,
    r#""""#,
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "true",
    "[]",
    "[1750000060]",
    "{}",
    r#"{"$serde_json::private::Number":"1750000060"}"#,
    "0x7fffffff",
    "+1750000060",
];
