//! Reads durations and other numbers of settings.

use figment::value::Num;

/// A longer leeway, in seconds, probably hides a wrong clock.
pub(super) const LONG_LEEWAY: u64 = 10 * 60;

/// Converts a number to whole seconds. Fails with the problem.
pub(super) fn whole_number(number: Num) -> Result<u64, &'static str> {
    match number.to_f64() {
        Some(float) if float.is_finite() && float.fract() != 0.0 => Err("is not a duration in whole seconds"),
        Some(float) if float < 0.0 => Err("is not a duration: it is negative"),
        // The cast turns a value that is too large, or infinite, into the largest integer.
        Some(float) if !float.is_nan() => Ok(float as u64),
        Some(_) => Err("is not a duration in whole seconds"),
        None => match number.to_u128_lossy() {
            Some(seconds) => Ok(u64::try_from(seconds).unwrap_or(u64::MAX)),
            None => Err("is not a duration: it is negative"),
        },
    }
}

/// Parses a number of seconds or a text like `12h 30m`.
pub(super) fn whole_seconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    // humantime reads a capital M as months.
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let duration = humantime::parse_duration(text).ok()?;
    (duration.subsec_nanos() == 0).then_some(duration.as_secs())
}
