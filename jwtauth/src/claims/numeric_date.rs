use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A number of seconds since the epoch (RFC 7519 §2), rounded down and rounded up. It is negative before the epoch.
pub(super) struct NumericDate {
    pub(super) floor: i64,
    pub(super) ceil: i64,
}

/// 9999-12-31T23:59:59Z, the last second of a year with four digits. Later times are never intended.
pub(super) const LAST_SECOND: u64 = 253_402_300_799;

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl Visitor<'_> for NumberVisitor {
            type Value = NumericDate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<NumericDate, E> {
                match i64::try_from(seconds) {
                    Ok(whole) if seconds <= LAST_SECOND => Ok(NumericDate { floor: whole, ceil: whole }),
                    _ => Err(E::custom("beyond the calendar")),
                }
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<NumericDate, E> {
                match u64::try_from(seconds) {
                    Ok(seconds) => self.visit_u64(seconds),
                    Err(_) => Ok(NumericDate { floor: seconds, ceil: seconds }),
                }
            }

            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<NumericDate, E> {
                // Also false for NaN. Earlier times become the minimum of `i64`.
                if !(f64::MIN..=LAST_SECOND as f64).contains(&seconds) {
                    return Err(E::custom("beyond the calendar"));
                }
                Ok(NumericDate { floor: seconds.floor() as i64, ceil: seconds.ceil() as i64 })
            }
        }

        // Not `deserialize_any`: with serde_json's feature `arbitrary_precision`, which another crate may enable, that
        // gets numbers in a special form.
        deserializer.deserialize_f64(NumberVisitor)
    }
}
