//! The format of a session's row in the file: its named fields, one after the other.
//!
//! ```text
//! field: length of the name (1 byte) | name | length of the value (4 bytes, little endian) | value
//! ```
//!
//! A number is 8 bytes, little endian. A text is UTF-8. `nonce_digest` and `key_id` are stored as their bytes. A field
//! without a value is omitted. `auth_time` is also omitted if it has the value that a row without it gets. The same
//! applies to `proven`, `proven_at` and `previous`, which are omitted together. Fields that are unknown to this version
//! are kept when a row is changed.
//!
//! The format is not JSON, because purging reads every row of the file, and JSON takes several times as long to read.

use redb::StorageError;

use crate::claims::session_id::SessionId;
use crate::session::SessionRecord;

/// A row of the file, and its record.
pub(super) struct Row {
    pub(super) record: SessionRecord,
    /// The fields that are unknown to this version, in their stored form.
    unknown: Vec<u8>,
}

/// The fields of a row, as slices of its bytes.
pub(super) struct Fields<'r> {
    pub(super) userid: &'r str,
    generation: u64,
    created: u64,
    refreshed: u64,
    /// `proven` and `proven_at`.
    proof: Option<(u64, u64)>,
    previous: Option<u64>,
    ends_at: u64,
    nonce_digest: Option<[u8; 32]>,
    label: &'r str,
    key_id: Option<[u8; 16]>,
    carried: Option<&'r str>,
    auth_time: Option<u64>,
    pub(super) reused: bool,
    unknown: Vec<u8>,
}

impl Row {
    pub(super) fn new(record: &SessionRecord) -> Self {
        Row { record: record.clone(), unknown: Vec::new() }
    }

    pub(super) fn read(id: SessionId, bytes: &[u8]) -> Result<Self, StorageError> {
        let fields = Fields::read(bytes)?;
        let mut record = SessionRecord::new(id, fields.userid, fields.created, fields.ends_at);
        record.generation = fields.generation;
        record.refreshed = fields.refreshed;
        match fields.proof {
            Some((proven, proven_at)) => {
                (record.proven, record.proven_at, record.previous) = (proven, proven_at, fields.previous);
            }
            None => record.assume_proof(),
        }
        record.nonce_digest = fields.nonce_digest;
        record.label = fields.label.to_owned();
        record.key_id = fields.key_id;
        record.carried = fields.carried.map(str::to_owned);
        record.auth_time = fields.auth_time.unwrap_or(fields.created);
        record.reused = fields.reused;
        Ok(Row { record, unknown: fields.unknown })
    }

    /// The row with the record as it is now.
    pub(super) fn write(self) -> Vec<u8> {
        let mut without_proof = self.record.clone();
        without_proof.assume_proof();
        let has_proof = without_proof != self.record;
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
        } = &self.record;
        let carried_length = carried.as_ref().map_or(0, String::len);
        let mut bytes = Vec::with_capacity(256 + userid.len() + label.len() + carried_length + self.unknown.len());
        for (name, number) in
            [("generation", generation), ("created", created), ("refreshed", refreshed), ("ends_at", ends_at)]
        {
            put(&mut bytes, name, Some(&number.to_le_bytes()));
        }
        put(&mut bytes, "userid", Some(userid.as_bytes()));
        put(&mut bytes, "nonce_digest", nonce_digest.as_ref().map(<[u8; 32]>::as_slice));
        put(&mut bytes, "label", Some(label.as_bytes()).filter(|label| !label.is_empty()));
        put(&mut bytes, "key_id", key_id.as_ref().map(<[u8; 16]>::as_slice));
        put(&mut bytes, "reused", reused.then_some(&[1]));
        if has_proof {
            put(&mut bytes, "proven", Some(&proven.to_le_bytes()));
            put(&mut bytes, "proven_at", Some(&proven_at.to_le_bytes()));
            put(&mut bytes, "previous", previous.map(u64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
        }
        put(&mut bytes, "carried", carried.as_ref().map(String::as_bytes));
        if auth_time != created {
            put(&mut bytes, "auth_time", Some(&auth_time.to_le_bytes()));
        }
        bytes.extend_from_slice(&self.unknown);
        bytes
    }
}

impl<'r> Fields<'r> {
    /// Reads all fields. Only the unknown fields are copied.
    pub(super) fn read(bytes: &'r [u8]) -> Result<Self, StorageError> {
        Self::parse(bytes).ok_or_else(|| StorageError::Corrupted("a session's row makes no sense".into()))
    }

    /// The same as [`SessionRecord::kept_until`].
    pub(super) fn kept_until(&self) -> u64 {
        self.ends_at.saturating_add(SessionRecord::KEPT)
    }

    fn parse(mut bytes: &'r [u8]) -> Option<Self> {
        let (mut userid, mut generation, mut created, mut refreshed, mut ends_at) = (None, None, None, None, None);
        let (mut nonce_digest, mut label, mut key_id, mut reused) = (None, "", None, false);
        let (mut proven, mut proven_at, mut previous, mut carried, mut auth_time) = (None, None, None, None, None);
        let mut unknown = Vec::new();
        while !bytes.is_empty() {
            let field = bytes;
            let (name, value) = take(&mut bytes)?;
            match name {
                b"userid" => userid = Some(std::str::from_utf8(value).ok()?),
                b"generation" => generation = Some(number(value)?),
                b"created" => created = Some(number(value)?),
                b"refreshed" => refreshed = Some(number(value)?),
                b"ends_at" => ends_at = Some(number(value)?),
                b"nonce_digest" => nonce_digest = Some(value.try_into().ok()?),
                b"label" => label = std::str::from_utf8(value).ok()?,
                b"key_id" => key_id = Some(value.try_into().ok()?),
                b"proven" => proven = Some(number(value)?),
                b"proven_at" => proven_at = Some(number(value)?),
                b"previous" => previous = Some(number(value)?),
                b"carried" => carried = Some(std::str::from_utf8(value).ok()?),
                b"auth_time" => auth_time = Some(number(value)?),
                b"reused" if *value == [1] => reused = true,
                b"reused" => return None,
                _ => unknown.extend_from_slice(&field[..field.len() - bytes.len()]),
            }
        }
        let (userid, generation, created) = (userid?, generation?, created?);
        let (refreshed, ends_at) = (refreshed?, ends_at?);
        let proof = match (proven, proven_at) {
            (Some(proven), Some(proven_at)) => Some((proven, proven_at)),
            (None, None) if previous.is_none() => None,
            _ => return None,
        };
        Some(Fields {
            userid,
            generation,
            created,
            refreshed,
            proof,
            previous,
            ends_at,
            nonce_digest,
            label,
            key_id,
            carried,
            auth_time,
            reused,
            unknown,
        })
    }
}

/// Appends a field, if it has a value.
fn put(bytes: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    // Names are short, and a value of more than 4 GB does not fit into a redb file.
    let Some(value) = value else { return };
    let (Ok(name_length), Ok(length)) = (u8::try_from(name.len()), u32::try_from(value.len())) else { return };
    bytes.push(name_length);
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(value);
}

/// Removes the first field from the bytes, and returns its name and value.
fn take<'r>(bytes: &mut &'r [u8]) -> Option<(&'r [u8], &'r [u8])> {
    let (length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some((name, value))
}

fn number(value: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(value.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SessionId = SessionId::from_bytes([7; 16]);

    fn full() -> SessionRecord {
        let mut session = SessionRecord::new(ID, "zoë \"1\" {x}\0", 1, u64::MAX);
        session.generation = (1 << 60) + 1;
        session.refreshed = 2;
        session.nonce_digest = Some(std::array::from_fn(|i| i as u8 * 8));
        session.label = "a 🦀 b".into();
        session.key_id = Some([9; 16]);
        (session.proven, session.proven_at, session.previous) = ((1 << 60) - 3, 3, Some(4));
        session.carried = Some("{\"tenant\":\"zoë\"}".into());
        session.auth_time = 5;
        session.reused = true;
        session
    }

    #[test]
    fn file_row_that_is_written_is_read() {
        let first = SessionRecord { previous: None, ..full() };
        let mut stepped = SessionRecord { generation: 7, refreshed: 9, ..SessionRecord::new(ID, "", 0, 0) };
        stepped.assume_proof();
        for session in [full(), first, stepped, SessionRecord::new(ID, "", 0, 0)] {
            let bytes = Row::new(&session).write();
            let row = Row::read(ID, &bytes).unwrap();
            assert_eq!(row.record, session);
            assert_eq!(row.write(), bytes);
        }
    }

    /// After a change of the format, the rows of earlier versions must remain readable.
    #[test]
    fn file_row_format_is_stable() {
        let bytes = Row::new(&SessionRecord::new(ID, "alice", 1, 258)).write();
        let number = |low: &[u8; 2]| [[8, 0, 0, 0].as_slice(), low, &[0; 6]].concat();
        let expected = [
            b"\x0Ageneration".as_slice(),
            &number(&[0, 0]),
            b"\x07created",
            &number(&[1, 0]),
            b"\x09refreshed",
            &number(&[1, 0]),
            b"\x07ends_at",
            &number(&[2, 1]),
            b"\x06userid\x05\0\0\0alice",
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn file_row_has_defaults_and_keeps_unknown_fields() {
        let mut expected = SessionRecord::new(ID, "alice", 1, 9);
        (expected.generation, expected.refreshed) = (3, 2);
        expected.assume_proof();
        let mut bytes = Vec::new();
        put(&mut bytes, "data", Some(b"any bytes"));
        bytes.extend(Row::new(&expected).write());
        put(&mut bytes, "", Some(b""));
        let mut row = Row::read(ID, &bytes).unwrap();
        assert_eq!(row.record, expected);
        row.record.key_id = Some([0; 16]);
        let written = row.write();
        let (mut rest, mut fields) = (written.as_slice(), Vec::new());
        while !rest.is_empty() {
            fields.push(take(&mut rest).unwrap());
        }
        let expected: [(&[u8], &[u8]); 3] = [(b"data", b"any bytes"), (b"", b""), (b"key_id", &[0; 16])];
        for field in expected {
            assert_eq!(fields.iter().filter(|found| **found == field).count(), 1);
        }
    }

    #[test]
    fn file_row_with_invalid_field_is_an_error() {
        let good = Row::new(&full()).write();
        for length in 1..good.len() {
            let cut = Row::read(ID, &good[..length]);
            assert!(cut.is_err() || cut.unwrap().record != full(), "{length} bytes");
        }
        assert!(Row::read(ID, b"").is_err());
        let wrong: [(&str, &[u8]); 11] = [
            ("generation", b"1"),
            ("ends_at", b"123456789"),
            ("userid", b"\xff"),
            ("label", b"\xff"),
            ("proven", b"1"),
            ("carried", b"\xff"),
            ("auth_time", b""),
            ("reused", b"\0"),
            ("reused", b""),
            ("key_id", &[0; 17]),
            ("nonce_digest", b""),
        ];
        for (name, value) in wrong {
            let mut bad = good.clone();
            put(&mut bad, name, Some(value));
            assert!(Row::read(ID, &bad).is_err(), "{name}");
        }
        // The required fields, alone or together.
        for name in ["userid", "generation", "created", "refreshed", "ends_at", "proven", "proven_at"] {
            let (mut rest, mut without) = (good.as_slice(), Vec::new());
            while !rest.is_empty() {
                let (found, value) = take(&mut rest).unwrap();
                if found != name.as_bytes() {
                    put(&mut without, std::str::from_utf8(found).unwrap(), Some(value));
                }
            }
            assert!(Row::read(ID, &without).is_err(), "{name}");
        }
    }
}
