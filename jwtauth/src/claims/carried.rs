//! What a login carries: JSON text of the application, in the claim `carried`.

use std::any::type_name;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::diagnosis;
use super::registered::NOTHING;
use crate::error::{CarriedError, ClaimsError};

/// The most bytes of JSON text that a login carries.
pub(crate) const MAX_CARRIED: usize = 1024;

/// The JSON text of the data that a login is to carry. `None` for `null`, which is nothing.
pub(crate) fn write(data: &impl Serialize) -> Result<Option<Box<str>>, ClaimsError> {
    let text = serde_json::to_string(data).map_err(|error| ClaimsError::CarriedSerialize(error.to_string()))?;
    if text.len() > MAX_CARRIED {
        return Err(ClaimsError::CarriedTooLong { size: text.len() });
    }
    Ok((text != NOTHING).then(|| text.into_boxed_str()))
}

/// Checks that a text, which may come from a session store, can be written into a token as it is.
pub(super) fn check(text: &str) -> Result<(), ClaimsError> {
    let parsed = serde_json::from_str::<IgnoredAny>(text);
    parsed.map(drop).map_err(|_| ClaimsError::CarriedSerialize("it is not JSON".to_owned()))
}

/// What a login carries, as a type of the application. `None` if it carries nothing.
pub(crate) fn read<D: DeserializeOwned>(text: Option<&str>) -> Result<Option<D>, CarriedError> {
    text.map(|text| serde_json::from_str(text).map_err(|_| unreadable::<D>(text))).transpose()
}

/// As [`read`]; nothing is read as `null`, which an `Option` is `None` for.
pub(crate) fn require<D: DeserializeOwned>(text: Option<&str>) -> Result<D, CarriedError> {
    match text {
        Some(text) => serde_json::from_str(text).map_err(|_| unreadable::<D>(text)),
        None => serde_json::from_str(NOTHING).map_err(|_| CarriedError::nothing(type_name::<D>())),
    }
}

#[cold]
fn unreadable<D: DeserializeOwned>(text: &str) -> CarriedError {
    CarriedError::unreadable(type_name::<D>(), diagnosis::of_value::<D>(text))
}
