//! Settings that are points in time.

use std::time::{Duration, UNIX_EPOCH};

use figment::value::Value;

use super::settings::{Setting, Settings};

/// TOML represents a date without quotes as a table with this one member.
const UNQUOTED: &str = "$__toml_private_datetime";

impl Settings<'_> {
    /// Reads a point in time as in RFC 3339, with an offset, as seconds since the epoch.
    pub(super) fn time(&mut self, name: &str) -> Option<Setting<u64>> {
        let remedy = "write it as `\"2026-12-31T23:59:59Z\"`";
        let (value, origin) = self.take(name)?;
        let text = match &value {
            Value::String(_, text) => text,
            Value::Dict(_, table) => match table.get(UNQUOTED) {
                Some(Value::String(_, text)) => text,
                _ => {
                    self.wrong_type(name, &origin, &value, "a point in time", remedy);
                    return None;
                }
            },
            other => {
                self.wrong_type(name, &origin, other, "a point in time", remedy);
                return None;
            }
        };
        match seconds(text) {
            Some(value) => Some(Setting { value, origin }),
            None => {
                self.fault(name, Some(&origin), "is not a point in time as in RFC 3339, with its offset", remedy);
                None
            }
        }
    }
}

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// Formats a point in time as in the settings.
pub(super) fn written(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST))).to_string()
}

/// Parses a `date-time` (RFC 3339 §5.6) into seconds since the epoch. A fraction is cut off.
fn seconds(text: &str) -> Option<u64> {
    let at = text.len().checked_sub("+01:00".len()).filter(|at| text.is_char_boundary(*at));
    let (local, offset) = match at.map(|at| text.split_at(at)) {
        Some((local, offset)) if offset.starts_with(['+', '-']) => (local, minutes(offset)?),
        _ => (text.strip_suffix(['Z', 'z'])?, 0),
    };
    // A positive offset is ahead of UTC.
    let utc = humantime::parse_rfc3339(&format!("{}Z", local.replace('t', "T"))).ok()?;
    let seconds = i64::try_from(utc.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
    u64::try_from(seconds - offset * 60).ok().filter(|seconds| *seconds <= LAST)
}

/// Parses a `time-numoffset` into minutes.
fn minutes(offset: &str) -> Option<i64> {
    let (sign, digits) = offset.split_at(1);
    let (hours, minutes) = digits.split_once(':')?;
    let number = |digits: &str, most: i64| {
        let number: i64 = digits.parse().ok()?;
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) && number <= most).then_some(number)
    };
    let minutes = number(hours, 23)? * 60 + number(minutes, 59)?;
    Some(if sign == "-" { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use super::{LAST, seconds, written};

    #[test]
    fn seconds_match_examples_of_rfc_3339() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("1985-04-12T23:20:50.52Z"), Some(482_196_050));
        assert_eq!(seconds("1996-12-19T16:39:57-08:00"), Some(851_042_397));
        assert_eq!(seconds("1996-12-20T00:39:57z"), Some(851_042_397));
        assert_eq!(seconds("1937-01-01t12:00:27+00:20"), None, "before the epoch");
    }

    #[test]
    fn seconds_and_written_end_with_the_year_9999() {
        assert_eq!(seconds("9999-12-31T23:59:59Z"), Some(LAST));
        assert_eq!(seconds("9999-12-31T23:59:59-00:01"), None);
        assert_eq!(written(LAST), "9999-12-31T23:59:59Z");
        assert_eq!(written(u64::MAX), written(LAST));
        assert_eq!(written(851_042_397), "1996-12-20T00:39:57Z");
    }

    #[test]
    fn seconds_refuse_invalid_text() {
        for text in [
            "",
            "Z",
            "2026-12-01",
            "2026-12-01T00:00:00",
            "2026-12-01 00:00:00Z",
            "2026-12-01T00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-12-01T25:00:00Z",
            "2026-12-01T00:00:00+1:00",
            "2026-12-01T00:00:00+24:00",
            "2026-12-01T00:00:00+01:60",
            "2026-12-01T00:00:00++1:00",
            "2026-12-01T00:00:00 01:00",
            "2026-12-01T00:00:00ü+01:00",
            "tomorrow",
            "1796083200",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
