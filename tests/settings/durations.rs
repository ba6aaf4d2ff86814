//! The four durations: a number of seconds, or text.

use jwtauth::Config;

use crate::launch::launch_with_secret;

const LIMITS: [&str; 3] = ["expiration_delta", "refresh_delta", "max_lifetime"];
const ALL: [&str; 4] = ["expiration_delta", "refresh_delta", "max_lifetime", "leeway"];

fn read(config: &Config, name: &str) -> Option<u64> {
    match name {
        "expiration_delta" => config.expiration_delta,
        "refresh_delta" => config.refresh_delta,
        "max_lifetime" => config.max_lifetime,
        "leeway" => Some(config.leeway),
        _ => panic!("{name}"),
    }
}

/// Launches with all settings at one value.
fn all(names: &[&str], value: &str) -> String {
    names.iter().map(|name| format!("{name} = {value}\n")).collect()
}

#[track_caller]
fn assert_reads(names: &[&str], value: &str, seconds: Option<u64>) {
    let launch = launch_with_secret(&all(names, value));
    for name in names {
        assert_eq!(read(launch.config(), name), seconds, "{name} = {value}");
    }
}

#[track_caller]
fn assert_refuses(names: &[&str], value: &str, words: &[&str]) {
    let launch = launch_with_secret(&all(names, value));
    let faults = launch.faults();
    for name in names {
        let of_it: Vec<_> = faults.iter().filter(|fault| fault.setting == *name).collect();
        assert_eq!(of_it.len(), 1, "{name} = {value}: {faults:#?}");
        of_it[0].assert_says(words);
        let origin = of_it[0].origin.as_deref();
        assert_eq!(origin, Some(format!("`default.jwtauth.{name}` in Rocket.toml").as_str()));
    }
    assert_eq!(faults.len(), names.len());
}

#[test]
fn duration_number_counts_seconds() {
    assert_reads(&ALL, "90", Some(90));
    assert_reads(&ALL, "\"90\"", Some(90));
    assert_reads(&ALL, "1", Some(1));
}

#[test]
fn duration_text_adds_up_units() {
    for (text, seconds) in [
        ("90s", 90),
        ("30m", 1800),
        ("30 min", 1800),
        ("12h", 43_200),
        ("12h 30m", 45_000),
        ("12h30m", 45_000),
        ("7d", 604_800),
        ("1week", 604_800),
        ("1d 1h 1m 1s", 90_061),
    ] {
        assert_reads(&ALL, &format!("\"{text}\""), Some(seconds));
    }
}

#[test]
fn duration_unlimited_means_no_limit() {
    assert_reads(&LIMITS, "\"unlimited\"", None);
}

#[test]
fn leeway_refuses_unlimited() {
    assert_refuses(&["leeway"], "\"unlimited\"", &["write a number of seconds"]);
}

#[test]
fn leeway_accepts_zero_and_limits_refuse_it() {
    for zero in ["0", "\"0\"", "\"0s\"", "\"0m\""] {
        assert_reads(&["leeway"], zero, Some(0));
        assert_refuses(&LIMITS, zero, &["is zero", "\"unlimited\""]);
    }
}

#[test]
fn duration_refuses_negative_values() {
    for value in ["-1", "\"-1\"", "\"-5m\"", "-9223372036854775808"] {
        assert_refuses(&ALL, value, &["is not a duration", "write a number of seconds"]);
    }
}

#[test]
fn duration_refuses_fractions_of_a_second() {
    for value in ["1.5", "0.1", "-0.5", "\"1.5\"", "\"500ms\"", "\"1s 1ns\""] {
        assert_refuses(&ALL, value, &["whole", "seconds", "write a number of seconds"]);
    }
}

#[test]
fn duration_refuses_absurdly_long_values() {
    for value in ["9223372036854775807", "\"1001years\"", "\"18446744073709551615\""] {
        assert_refuses(&ALL, value, &["is longer than a thousand years", "write a number of seconds"]);
    }
    for value in ["\"99999999999999999999999999\"", "\"99999999999999999999d\"", "1e300", "inf", "nan"] {
        assert_refuses(&ALL, value, &["write a number of seconds"]);
    }
}

#[test]
fn duration_accepts_up_to_a_thousand_years() {
    assert_reads(&LIMITS, "31557600000", Some(31_557_600_000));
    assert_refuses(&LIMITS, "31557600001", &["is longer than a thousand years"]);
}

#[test]
fn duration_refuses_invalid_text() {
    for value in ["\"\"", "\" \"", "\"soon\"", "\"m\"", "\"30x\"", "\"Unlimited\"", "\"none\"", "\"PT30M\""] {
        assert_refuses(&ALL, value, &["is not a duration", "write a number of seconds"]);
    }
}

#[test]
fn duration_refuses_capital_m_as_unit() {
    assert_refuses(&ALL, "\"30M\"", &["write a number of seconds"]);
}

#[test]
fn duration_refuses_other_types_by_name() {
    for (value, found) in
        [("true", "is `true` or `false`"), ("[\"30m\"]", "is a list"), ("{ seconds = 90 }", "is a table")]
    {
        assert_refuses(&ALL, value, &[found, "a duration is wanted", "write a number of seconds"]);
    }
}

#[test]
fn duration_remedy_offers_unlimited_only_for_limits() {
    for name in LIMITS {
        launch_with_secret(&format!("{name} = \"soon\"")).fault(name).assert_says(&["or `\"unlimited\"`"]);
    }
    let fault = launch_with_secret("leeway = \"soon\"").fault("leeway");
    assert!(!fault.text.contains("unlimited"), "{fault:?}");
}
