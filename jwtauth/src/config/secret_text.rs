//! Text secrets. Two programs that read the same text differently would use different secrets.

/// What is wrong with a secret, and how to fix it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) problem: &'static str,
    pub(super) remedy: &'static str,
}

/// Removes the one newline (`\n` or `\r\n`) that editors add at the end of a text.
///
/// Text is UTF-8 without control characters other than white space. Text that is hardly ever intended as a secret is a
/// mistake. All other bytes are used unchanged.
pub(super) fn without_newline(bytes: &[u8]) -> Result<&[u8], Mistake> {
    let mistake = |problem, remedy| Err(Mistake { problem, remedy });
    if is_utf_16(bytes) {
        return mistake(
            "is text in UTF-16, two bytes for each character",
            "save it as UTF-8, without a byte order mark",
        );
    }
    let Ok(text) = str::from_utf8(bytes) else { return Ok(bytes) };
    if text.chars().any(|char| char.is_control() && !matches!(char, '\t' | '\n' | '\r')) {
        return Ok(bytes);
    }
    if text.starts_with('\u{feff}') {
        return mistake(
            "begins with a byte order mark, which some editors add invisibly",
            "save it as UTF-8 without one",
        );
    }
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.ends_with(['\n', '\r']) {
        return mistake("ends with more than one newline", "leave one newline at its end, or none");
    }
    if text.starts_with(['\n', '\r']) {
        return mistake("begins with a newline", "remove it");
    }
    if text.starts_with(char::is_whitespace) {
        return mistake("begins with a space or a tab", "remove it");
    }
    if text.ends_with(char::is_whitespace) {
        return mistake("ends with a space or a tab", "remove it");
    }
    if is_quoted(text) {
        return mistake("has quotes around it, which would be a part of the secret", "remove the quotes");
    }
    if is_assignment(text) {
        return mistake("is a line such as `NAME=value`, all of which would be the secret", "write the value alone");
    }
    if is_placeholder(text) {
        return mistake("is a placeholder that was not replaced, such as `${NAME}`", "write the value in its place");
    }
    Ok(text.as_bytes())
}

/// Whether the bytes are UTF-16 with mostly ASCII characters. The chance of that is negligible for random bytes.
fn is_utf_16(bytes: &[u8]) -> bool {
    let (units, []) = bytes.as_chunks::<2>() else { return false };
    let is_of = |read: fn([u8; 2]) -> u16| {
        let units = units.iter().map(|unit| read(*unit));
        let ascii = units.clone().filter(|unit| matches!(*unit, 0x20..=0x7e | 0x09 | 0x0a | 0x0d)).count();
        let is_text = |char: Result<char, _>| char.is_ok_and(|char| !char.is_control() || char.is_whitespace());
        ascii * 2 > units.len() && char::decode_utf16(units).all(is_text)
    };
    is_of(u16::from_le_bytes) || is_of(u16::from_be_bytes)
}

fn is_quoted(text: &str) -> bool {
    let pairs = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
    let within = |open: char, close: char| text.strip_prefix(open).is_some_and(|rest: &str| rest.ends_with(close));
    pairs.into_iter().any(|(open, close)| within(open, close))
}

/// Whether the text is a line of a shell script or an environment file. Base64 padding and other uses of `=` do not
/// count.
fn is_assignment(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    let name = name.strip_prefix("export ").unwrap_or(name).trim_end();
    let is_name = name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_shouted = name.len() >= 3 && name.bytes().all(|byte| !byte.is_ascii_lowercase());
    let lower = name.to_ascii_lowercase();
    let is_of_secrets = ["secret", "key", "token", "password"].iter().any(|word| lower.ends_with(word));
    is_name && (is_shouted || is_of_secrets) && !value.trim_matches(['=', ' ']).is_empty()
}

fn is_placeholder(text: &str) -> bool {
    let within = |open: &str, close: char| text.strip_prefix(open).is_some_and(|rest: &str| rest.ends_with(close));
    within("${", '}') || within("$(", ')') || within("{{", '}')
}

/// The shortest secret that is checked for repetition, in bytes. A secret that repeats a part shorter than this is as
/// weak as that part.
const LEAST: usize = 32;

/// The part that a secret consists of, if it only repeats one.
pub(super) fn repeated(secret: &[u8]) -> Option<String> {
    if secret.len() < LEAST {
        // A short secret is a fault by itself.
        return None;
    }
    let repeats = |period: &usize| {
        secret.iter().zip(&secret[*period..]).all(|(before, after)| before.eq_ignore_ascii_case(after))
    };
    let longest = (secret.len() / 2).min(LEAST - 1);
    let period = (1..=longest).find(repeats)?;
    Some(if period == 1 { "byte".to_owned() } else { format!("{period} bytes") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "c1a0 horse; battery=staple, 'not quoted'";

    fn problem(bytes: &[u8]) -> Option<&'static str> {
        without_newline(bytes).err().map(|mistake| mistake.problem)
    }

    #[test]
    fn without_newline_strips_one_newline_of_a_text() {
        for end in ["", "\n", "\r\n"] {
            assert_eq!(without_newline(format!("{SECRET}{end}").as_bytes()), Ok(SECRET.as_bytes()), "{end:?}");
        }
        let lines = format!("{}\n{}", "4F".repeat(32), "a9".repeat(32));
        assert_eq!(without_newline(format!("{lines}\n").as_bytes()), Ok(lines.as_bytes()));
    }

    #[test]
    fn without_newline_takes_binary_secrets_as_they_are() {
        for secret in
            [&b"\x00\x01\x02 \n\n"[..], b"\xff\xfe\x80\x81\n", b" \x7f ", b"\xef\xbb\xbf\xff\n", b"\x00\n\r\n"]
        {
            assert_eq!(without_newline(secret), Ok(secret));
        }
        // A UTF-16 byte order mark by chance, followed by bytes that are not text.
        let random = [0xff, 0xfe, 0x3c, 0x91, 0x07, 0xe2, 0x5d, 0x18, 0xaa, 0xc4, 0x71, 0x0e, 0x62, 0xf9, 0x35, 0x8b];
        assert_eq!(without_newline(&random), Ok(&random[..]));
    }

    #[test]
    fn without_newline_names_the_mistake() {
        let utf_16 = |mark: &str, bytes: fn(u16) -> [u8; 2]| {
            format!("{mark}{SECRET}\r\n").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
        };
        for mark in ["", "\u{feff}"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                assert!(problem(&utf_16(mark, bytes)).is_some_and(|problem| problem.contains("UTF-16")));
            }
        }
        for (text, words) in [
            (format!("\u{feff}{SECRET}"), "byte order mark"),
            (format!("{SECRET}\n\n"), "more than one newline"),
            (format!("{SECRET}\r\n\r\n"), "more than one newline"),
            (format!("{SECRET}\r"), "more than one newline"),
            (format!("\n{SECRET}"), "begins with a newline"),
            (format!(" {SECRET}"), "begins with a space or a tab"),
            (format!("\t{SECRET}"), "begins with a space or a tab"),
            (format!("{SECRET} "), "ends with a space or a tab"),
            (format!("{SECRET}\t\n"), "ends with a space or a tab"),
            (format!("{SECRET}\u{a0}"), "ends with a space or a tab"),
            (format!("\"{SECRET}\""), "quotes"),
            (format!("'{SECRET}'\n"), "quotes"),
            (format!("“{SECRET}”"), "quotes"),
            (format!("JWT_SECRET={SECRET}"), "NAME=value"),
            (format!("export MASTER={SECRET}\n"), "NAME=value"),
            (format!("master_secret = {SECRET}"), "NAME=value"),
            ("${JWT_SECRET}".to_owned(), "placeholder"),
        ] {
            assert!(problem(text.as_bytes()).is_some_and(|problem| problem.contains(words)), "{text:?}");
        }
    }

    #[test]
    fn without_newline_takes_base64_and_passwords_as_they_are() {
        for secret in [
            "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U",
            "ONSWG4TFOQQHG33NMV2GQ2LOM4======",
            "sPm4J1D5vCkNq8/tWbXr2uYeZ0aFgHiL+xOo9Ew=",
            "sPm4J1D5vCkNq8tWbXr2uYeZ0aFgHiLxOo9Ew==",
            "aB3=xYz%9(kL2'mN\"pQ7{rS4}tU6&vW8",
            "\"begins with a quote, and goes on from there",
            "{a secret in braces, of 40 characters....}",
        ] {
            assert_eq!(without_newline(secret.as_bytes()), Ok(secret.as_bytes()));
        }
    }

    #[test]
    fn repeated_finds_words_and_characters() {
        for (secret, found) in [
            ("changeme".repeat(4), "8 bytes"),
            ("ChangeMe changeme ChangeMe changeme".to_owned(), "9 bytes"),
            ("x".repeat(64), "byte"),
            ("\0".repeat(32), "byte"),
            ("0123456789abcdef".repeat(2), "16 bytes"),
        ] {
            assert_eq!(repeated(secret.as_bytes()).as_deref(), Some(found), "{secret:?}");
        }
    }

    #[test]
    fn repeated_finds_nothing_in_other_secrets() {
        for secret in [
            "short",
            "changemechangemechangemechange",
            "a secret of the tests, 64 bytes long, so that it is for all HMACs",
            "000d3adb33fc0ffee5ca1ab1e0ddba11f00dcafe5eed1e55ab000d3adb33fc0f",
            "sPm4J1D5vCkNq8/tWbXr2uYeZ0aFgHiL+xOo9Ew=",
        ] {
            assert_eq!(repeated(secret.as_bytes()), None, "{secret:?}");
        }
        // The repeated part is long enough by itself.
        assert_eq!(repeated("0123456789abcdefghijklmnopqrstuv".repeat(2).as_bytes()), None);
    }
}
