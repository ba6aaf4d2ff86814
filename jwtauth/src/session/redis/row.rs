//! How a session's row is written: a header of fixed width, which the scripts read and change, and the rest.
//!
//! ```text
//! 1 generation refreshed ends_at indexed step created nonce_digest SP length-of-label SP label userid
//! ```
//!
//! without the spaces, but for the two that are named. Numbers are 20 decimal digits, the name of the step 16
//! hexadecimal ones, the digest 64 or none.

use std::fmt::Write;

use crate::{SessionId, SessionRecord};

/// A row as it lies in Redis, and what is read out of it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) record: SessionRecord,
    pub(super) text: Vec<u8>,
}

/// The bytes before `nonce_digest`. The scripts know them.
const HEADER: usize = 117;

/// The step that no [`advance`](crate::SessionStore::advance) has.
const NO_STEP: &str = "                ";

/// A row that makes no sense. Nothing of it is told: whoever wrote it may have thought it secret.
#[derive(Debug)]
pub(super) struct NoRow;

/// A number as rows and scripts have it: of one width, so that texts compare as numbers do.
pub(super) fn number(value: u64) -> String {
    format!("{value:020}")
}

pub(super) fn write(session: &SessionRecord, indexed: u64) -> String {
    let times = [session.generation, session.refreshed, session.ends_at, indexed].map(number).concat();
    let mut text = format!("1{times}{NO_STEP}{}", number(session.created));
    for byte in session.nonce_digest.iter().flatten() {
        let _ = write!(text, "{byte:02x}");
    }
    let _ = write!(text, " {} {}{}", session.label.len(), session.label, session.userid);
    text
}

pub(super) fn read(id: SessionId, bytes: Vec<u8>) -> Result<Row, NoRow> {
    let record = std::str::from_utf8(&bytes).ok().and_then(|text| parse(id, text)).ok_or(NoRow)?;
    Ok(Row { record, text: bytes })
}

fn parse(id: SessionId, text: &str) -> Option<SessionRecord> {
    let (header, rest) = text.split_at_checked(HEADER)?;
    let number = |from: usize| header.get(from..from + 20)?.parse().ok();
    if !header.starts_with('1') {
        return None;
    }
    let (nonce_digest, rest) = rest.split_once(' ')?;
    let (label, rest) = rest.split_once(' ')?;
    let (label, userid) = rest.split_at_checked(label.parse().ok()?)?;
    let mut record = SessionRecord::new(id, userid, number(97)?, number(41)?);
    record.generation = number(1)?;
    record.refreshed = number(21)?;
    record.nonce_digest = if nonce_digest.is_empty() { None } else { Some(digest(nonce_digest)?) };
    record.label = label.to_owned();
    Some(record)
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SessionRecord {
        let mut session = SessionRecord::new(SessionId::from_bytes([7; 16]), "zoë 1 {x}", 1, u64::MAX);
        session.generation = 1 << 60;
        session.refreshed = 2;
        session.nonce_digest = Some(std::array::from_fn(|i| i as u8 * 8));
        session.label = "a 🦀 b".into();
        session
    }

    #[test]
    fn what_is_written_is_read() {
        let with_all = session();
        let with_none = SessionRecord::new(with_all.id, "", 0, 0);
        for session in [with_all, with_none] {
            let text = write(&session, 3);
            assert_eq!(text.find(' ').map(|_| &text[61..81]), Some("00000000000000000003"));
            let row = read(session.id, text.clone().into_bytes()).unwrap();
            assert_eq!((row.record, row.text), (session, text.into_bytes()));
        }
    }

    #[test]
    fn anything_else_is_no_row() {
        let good = write(&session(), 3);
        let mut bad: Vec<Vec<u8>> = (0..HEADER + 70).map(|len| good.as_bytes()[..len].to_vec()).collect();
        for (at, byte) in
            [(0, b'2'), (1, b'x'), (25, b' '), (60, 0xff), (98, b'-'), (120, b'g'), (181, b'x'), (182, b'x')]
        {
            let mut text = good.clone().into_bytes();
            text[at] = byte;
            bad.push(text);
        }
        for text in bad {
            assert!(read(session().id, text.clone()).is_err(), "{}", String::from_utf8_lossy(&text));
        }
    }
}
