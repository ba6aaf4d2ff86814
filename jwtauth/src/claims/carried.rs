//! The data of a login: JSON text of the application, in the claim `carried`.

use std::any::type_name;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::diagnosis;
use super::registered::NOTHING;
use crate::error::{CarriedError, ClaimsError};

/// The maximum number of bytes of the JSON text.
pub(crate) const MAX_CARRIED: usize = 1024;

/// The JSON text of the data for a login. `None` for `null`, which means no data.
pub(crate) fn write(data: &impl Serialize) -> Result<Option<Box<str>>, ClaimsError> {
    let text = serde_json::to_string(data).map_err(|error| ClaimsError::CarriedSerialize(error.to_string()))?;
    if text.len() > MAX_CARRIED {
        return Err(ClaimsError::CarriedTooLong { size: text.len() });
    }
    Ok((text != NOTHING).then(|| text.into_boxed_str()))
}

/// Checks that a text can be written into a token without changes. The text may come from a session store.
pub(super) fn check(text: &str) -> Result<(), ClaimsError> {
    let parsed = serde_json::from_str::<IgnoredAny>(text);
    parsed.map(drop).map_err(|_| ClaimsError::CarriedSerialize("it is not JSON".to_owned()))
}

/// The data of a login, as a type of the application. `None` if there is no data.
pub(crate) fn read<D: DeserializeOwned>(text: Option<&str>) -> Result<Option<D>, CarriedError> {
    text.map(|text| serde_json::from_str(text).map_err(|_| unreadable::<D>(text))).transpose()
}

/// The same as [`read`], but absent data is read as `null`. An `Option` is then `None`.
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
