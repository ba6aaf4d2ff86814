//! Formats values for messages and explanations.

use std::time::{Duration, UNIX_EPOCH};

/// The maximum number of characters shown of a text from a token.
const MOST: usize = 64;

/// The maximum number of characters shown of JSON from a token.
const LONGEST: usize = 200;

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// Shortens and escapes text from a token or an issuer.
pub(crate) fn text(text: &str) -> String {
    let more = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    let start: String = text.chars().take(MOST).collect();
    format!("`{}{more}`", escaped(&start))
}

/// Shortens and escapes JSON from a token.
pub(crate) fn json(text: &str) -> String {
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let start: String = text.chars().take(LONGEST).collect();
    format!("{}{more}", escaped(&start))
}

/// Escapes characters that control a terminal or change how other text is displayed.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |char: char| match char {
        '\'' | '"' => char.to_string(),
        _ => char.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}

/// Formats a list of texts. Only the first few are shown.
pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut texts = texts.into_iter();
    let shown: Vec<_> = texts.by_ref().take(8).map(text).collect();
    match (shown.is_empty(), texts.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Formats a time in seconds since the epoch, and its distance from `now`.
pub(crate) fn time(seconds: impl Into<i128>, now: u64) -> String {
    let seconds = seconds.into();
    let ahead = seconds - i128::from(now);
    let distance = duration(u64::try_from(ahead.unsigned_abs()).unwrap_or(u64::MAX));
    let date = match u64::try_from(seconds) {
        Ok(seconds) => {
            humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST))).to_string()
        }
        Err(_) => "before 1970".to_owned(),
    };
    match ahead {
        0 => format!("{date}, which is now"),
        1.. => format!("{date}, in {distance}"),
        _ => format!("{date}, {distance} ago"),
    }
}

pub(crate) fn duration(seconds: u64) -> String {
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn shown_text_is_short_and_harmless() {
        assert_eq!(super::text("kid"), "`kid`");
        let shown = super::text("\u{1b}[2J\n\u{202e}\"\u{7}");
        assert!(shown.chars().all(|char| matches!(char, ' '..='~')), "{shown}");
        assert_eq!(super::text(&"x".repeat(1000)), format!("`{}…`", "x".repeat(64)));
    }

    #[test]
    fn shown_time_has_its_distance() {
        assert_eq!(super::time(60_u64, 0), "1970-01-01T00:01:00Z, in 1m");
        assert_eq!(super::time(60_i64, 150), "1970-01-01T00:01:00Z, 1m 30s ago");
        assert_eq!(super::time(60_u64, 60), "1970-01-01T00:01:00Z, which is now");
        assert_eq!(super::time(-30_i64, 30), "before 1970, 1m ago");
        assert!(super::time(u64::MAX, 0).starts_with("9999-12-31T23:59:59Z"));
        assert!(super::time(i64::MIN, u64::MAX).starts_with("before 1970"));
    }
}
