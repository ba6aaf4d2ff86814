//! The format of a session's row: a hash with named fields.
//!
//! The fields have the names of those of [`SessionRecord`]. The id is not a field, but the key. Numbers are 20 decimal
//! digits, digests and key ids are hexadecimal, and `reused` is `1`. A field without a value is omitted. Two fields
//! belong to the store itself: `indexed`, the time until which the user's index lasts, and `step`, the name of the last
//! step. Scripts change the fields that they name, and keep all others.

use std::fmt::Write;

use crate::claims::session_id::SessionId;
use crate::session::SessionRecord;

/// The error for a row that is not valid. It contains no part of the row, because the row may contain secrets.
#[derive(Debug)]
pub(super) struct NoRow;

/// A number in rows and scripts. It has a fixed width, so that texts compare like numbers.
pub(super) fn number(value: u64) -> String {
    format!("{value:020}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns names and values, alternating.
pub(super) fn write(session: &SessionRecord, indexed: u64) -> Vec<String> {
    // All fields are named, so that a new field of the record can't be missed here.
    let SessionRecord {
        id: _,
        userid,
        generation,
        created,
        refreshed,
        proven,
        proven_at,
        previous,
        ends_at,
        nonce_digest,
        label,
        key_id,
        carried,
        auth_time,
        reused,
    } = session;
    let fields = [
        ("userid", Some(userid.clone())),
        ("generation", Some(number(*generation))),
        ("created", Some(number(*created))),
        ("refreshed", Some(number(*refreshed))),
        ("proven", Some(number(*proven))),
        ("proven_at", Some(number(*proven_at))),
        ("previous", previous.map(number)),
        ("ends_at", Some(number(*ends_at))),
        ("nonce_digest", nonce_digest.map(|digest| hex(&digest))),
        ("label", Some(label.clone()).filter(|label| !label.is_empty())),
        ("key_id", key_id.map(|key_id| hex(&key_id))),
        ("carried", carried.clone()),
        ("auth_time", Some(number(*auth_time))),
        ("reused", reused.then(|| "1".to_owned())),
        ("indexed", Some(number(indexed))),
    ];
    let present = fields.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
    present.flatten().collect()
}

/// Reads names and values, alternating, with the names in any order.
pub(super) fn read(id: SessionId, fields: &[Vec<u8>]) -> Result<SessionRecord, NoRow> {
    parse(id, fields).ok_or(NoRow)
}

fn parse(id: SessionId, fields: &[Vec<u8>]) -> Option<SessionRecord> {
    let mut session = SessionRecord::new(id, "", 0, 0);
    let (mut proven, mut proven_at, mut auth_time) = (None, None, None);
    let mut essential = 0;
    for field in fields.chunks(2) {
        let [name, value] = field else { return None };
        // Fields of a later version may contain any bytes.
        let value = || std::str::from_utf8(value).ok();
        let number = || value()?.parse().ok();
        essential += 1;
        match name.as_slice() {
            b"userid" => session.userid = value()?.to_owned(),
            b"generation" => session.generation = number()?,
            b"created" => session.created = number()?,
            b"refreshed" => session.refreshed = number()?,
            b"ends_at" => session.ends_at = number()?,
            other => {
                essential -= 1;
                match other {
                    b"nonce_digest" => session.nonce_digest = Some(unhex(value()?)?),
                    b"label" => session.label = value()?.to_owned(),
                    b"key_id" => session.key_id = Some(unhex(value()?)?),
                    b"proven" => proven = Some(number()?),
                    b"proven_at" => proven_at = Some(number()?),
                    b"previous" => session.previous = Some(number()?),
                    b"carried" => session.carried = Some(value()?.to_owned()),
                    b"auth_time" => auth_time = Some(number()?),
                    b"reused" => session.reused = value()? == "1",
                    _ => {}
                }
            }
        }
    }
    match (proven, proven_at) {
        (Some(proven), Some(proven_at)) => (session.proven, session.proven_at) = (proven, proven_at),
        (None, None) if session.previous.is_none() => session.assume_proof(),
        _ => return None,
    }
    session.auth_time = auth_time.unwrap_or(session.created);
    (essential == 5).then_some(session)
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
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
        session.key_id = Some([0xab; 16]);
        (session.proven, session.proven_at, session.previous) = ((1 << 60) - 3, 3, Some(4));
        session.carried = Some("{\"tenant\":\"zoë\"}".into());
        session.auth_time = 5;
        session.reused = true;
        session
    }

    fn written(session: &SessionRecord) -> Vec<Vec<u8>> {
        write(session, 3).into_iter().map(String::into_bytes).collect()
    }

    #[test]
    fn redis_row_that_is_written_is_read() {
        let with_all = session();
        let with_none = SessionRecord::new(with_all.id, "", 0, 0);
        for session in [with_all, with_none] {
            let mut fields = written(&session);
            assert_eq!(read(session.id, &fields).unwrap(), session);
            // The fields may be in any order, with additional fields of a later version.
            fields.extend([b"data".to_vec(), vec![0xff]]);
            fields.rotate_right(2);
            assert_eq!(read(session.id, &fields).unwrap(), session);
        }
    }

    #[test]
    fn redis_row_without_proof_and_auth_time_has_defaults() {
        let mut expected = session();
        let mut fields = written(&expected);
        for name in ["proven", "proven_at", "previous", "carried", "auth_time"] {
            let at = fields.iter().position(|field| field == name.as_bytes()).unwrap();
            fields.drain(at..at + 2);
        }
        expected.assume_proof();
        (expected.carried, expected.auth_time) = (None, expected.created);
        assert_eq!(read(expected.id, &fields).unwrap(), expected);
    }

    #[test]
    fn redis_row_with_invalid_field_is_an_error() {
        let good = written(&session());
        let value = |name: &str| good.iter().position(|field| field == name.as_bytes()).unwrap() + 1;
        for (name, bad) in [
            ("generation", &b"x"[..]),
            ("created", b""),
            ("refreshed", b"-1"),
            ("ends_at", b"99999999999999999999999"),
            ("userid", b"\xff"),
            ("label", b"\xff"),
            ("nonce_digest", b"00"),
            ("key_id", &[b'g'; 32]),
            ("proven", b"x"),
            ("previous", b""),
            ("carried", b"\xff"),
            ("auth_time", b"-1"),
        ] {
            let mut fields = good.clone();
            fields[value(name)] = bad.to_vec();
            assert!(read(session().id, &fields).is_err(), "{name}");
        }
        for name in ["userid", "generation", "created", "refreshed", "ends_at", "proven", "proven_at"] {
            let mut fields = good.clone();
            fields.drain(value(name) - 1..=value(name));
            assert!(read(session().id, &fields).is_err(), "without {name}");
        }
        assert!(read(session().id, &good[1..]).is_err());
    }
}
