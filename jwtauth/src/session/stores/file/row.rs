//! How a session's row is written in the file: a JSON object with named fields.
//!
//! Numbers are numbers, `nonce_digest` and `key_id` are base64url, and a field without a value is left out. Fields that
//! this version does not know stay in a row when it is changed.

use base64_simd::{AsOut, URL_SAFE_NO_PAD as BASE64};
use redb::StorageError;
use serde_json::{Map, Value};

use crate::claims::session_id::SessionId;
use crate::session::SessionRecord;

/// A row as it lies in the file, and what is read out of it.
pub(super) struct Row {
    pub(super) record: SessionRecord,
    fields: Map<String, Value>,
}

impl Row {
    pub(super) fn new(record: &SessionRecord) -> Self {
        Row { record: record.clone(), fields: Map::new() }
    }

    pub(super) fn read(id: SessionId, bytes: &[u8]) -> Result<Self, StorageError> {
        let row = serde_json::from_slice(bytes).ok().and_then(|fields| Some((record(id, &fields)?, fields)));
        let (record, fields) = row.ok_or_else(|| StorageError::Corrupted("a session's row makes no sense".into()))?;
        Ok(Row { record, fields })
    }

    /// The row with the record as it is now.
    pub(super) fn write(mut self) -> Vec<u8> {
        // All of them, so that a field of the record that comes later is not forgotten here.
        let SessionRecord {
            id: _,
            userid,
            generation,
            created,
            refreshed,
            ends_at,
            nonce_digest,
            label,
            key_id,
            reused,
        } = self.record;
        let text = |bytes: &[u8]| BASE64.encode_to_string(bytes).into();
        for (name, value) in [
            ("userid", Some(userid.into())),
            ("generation", Some(generation.into())),
            ("created", Some(created.into())),
            ("refreshed", Some(refreshed.into())),
            ("ends_at", Some(ends_at.into())),
            ("nonce_digest", nonce_digest.map(|digest| text(&digest))),
            ("label", Some(label).filter(|label| !label.is_empty()).map(Value::from)),
            ("key_id", key_id.map(|key_id| text(&key_id))),
            ("reused", reused.then_some(Value::Bool(true))),
        ] {
            match value {
                Some(value) => drop(self.fields.insert(name.to_owned(), value)),
                None => drop(self.fields.remove(name)),
            }
        }
        Value::Object(self.fields).to_string().into_bytes()
    }
}

fn record(id: SessionId, fields: &Map<String, Value>) -> Option<SessionRecord> {
    let number = |name: &str| fields.get(name)?.as_u64();
    let mut record = SessionRecord::new(id, fields.get("userid")?.as_str()?, number("created")?, number("ends_at")?);
    record.generation = number("generation")?;
    record.refreshed = number("refreshed")?;
    record.nonce_digest = bytes(fields.get("nonce_digest"))?;
    record.key_id = bytes(fields.get("key_id"))?;
    if let Some(label) = fields.get("label") {
        record.label = label.as_str()?.to_owned();
    }
    if let Some(reused) = fields.get("reused") {
        record.reused = reused.as_bool()?;
    }
    Some(record)
}

/// `Some(None)` if the field is missing, and `None` if it makes no sense.
fn bytes<const N: usize>(field: Option<&Value>) -> Option<Option<[u8; N]>> {
    let Some(field) = field else { return Some(None) };
    let (text, mut bytes) = (field.as_str()?, [0; N]);
    if BASE64.decoded_length(text.as_bytes()).ok()? != N {
        return None;
    }
    BASE64.decode(text.as_bytes(), bytes.as_mut_slice().as_out()).ok()?;
    Some(Some(bytes))
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
        session.reused = true;
        session
    }

    #[test]
    fn row_that_is_written_is_read() {
        for session in [full(), SessionRecord::new(ID, "", 0, 0)] {
            let bytes = Row::new(&session).write();
            let row = Row::read(ID, &bytes).unwrap();
            assert_eq!(row.record, session);
            assert_eq!(row.write(), bytes);
        }
    }

    #[test]
    fn row_has_defaults_for_what_is_missing_and_keeps_what_is_unknown() {
        let text =
            r#"{"userid":"alice","created":1,"data":{"a":[1,2.5,null]},"ends_at":9,"generation":3,"refreshed":2}"#;
        let mut row = Row::read(ID, text.as_bytes()).unwrap();
        let mut expected = SessionRecord::new(ID, "alice", 1, 9);
        (expected.generation, expected.refreshed) = (3, 2);
        assert_eq!(row.record, expected);
        row.record.key_id = Some([0; 16]);
        let written: Value = serde_json::from_slice(&row.write()).unwrap();
        assert_eq!(written["data"], serde_json::json!({ "a": [1, 2.5, null] }));
        assert_eq!(written["key_id"], "A".repeat(22));
    }

    #[test]
    fn row_that_makes_no_sense_is_an_error() {
        let good = String::from_utf8(Row::new(&full()).write()).unwrap();
        for (from, to) in [
            ("\"userid\"", "\"user\""),
            ("\"generation\":", "\"generation\":-"),
            ("\"created\":1", "\"created\":\"1\""),
            ("\"ends_at\"", "\"end\""),
            ("\"reused\":true", "\"reused\":1"),
            ("\"label\":\"", "\"label\":null,\"x\":\""),
            ("\"key_id\":\"", "\"key_id\":\"A"),
            ("\"nonce_digest\":\"", "\"nonce_digest\":\"+"),
            ("{", "["),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Row::read(ID, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
