use std::fmt;

/// Why an application's claims can't stand in a token.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// A claim has a name that belongs to the token itself.
    Reserved(String),
    /// A claim would stand in the token twice.
    Duplicate(String),
    /// The claims do not serialize to a JSON object.
    NotAnObject,
    /// Their `Serialize` failed.
    Serialize(String),
    /// They can't be read again from what they serialize to, so the token would be refused at every request. A
    /// number that is not finite is written as `null`, for example, and a field with `skip_serializing_if` must have a
    /// `default`.
    Unreadable,
    /// The token would be longer than the 16 KiB that are accepted.
    TooLong,
    /// The claims nest deeper than the 64 levels that are accepted, or have a name in them that `serde_json`
    /// keeps for itself (`$serde_json::private::…`).
    TooDeep,
    /// The data that the login [carries](crate::Issuing::carrying) is longer than 1024 bytes as JSON.
    CarriedTooLong {
        /// Its length, in bytes.
        size: usize,
    },
    /// The data that the login carries does not serialize to JSON.
    CarriedSerialize(String),
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Escaped: the keys of a map may be anything.
            ClaimsError::Reserved(name) => {
                let name = name.escape_debug();
                write!(f, "`{name}` belongs to the token itself and can't be a claim of the application")
            }
            ClaimsError::Duplicate(name) => {
                write!(f, "the claim `{}` would stand in the token twice", name.escape_debug())
            }
            ClaimsError::NotAnObject => f.write_str("the claims do not serialize to a JSON object"),
            ClaimsError::Serialize(error) => write!(f, "the claims can't be serialized: {error}"),
            ClaimsError::Unreadable => f.write_str(
                "the claims can't be read again from what they serialize to: look for a number that is not finite, \
                 `skip_serializing_if` without `default`, a flattened name that comes twice, and names that are no text",
            ),
            ClaimsError::TooDeep => {
                f.write_str("the claims nest deeper than 64 levels, or have a name that serde_json keeps for itself")
            }
            ClaimsError::CarriedTooLong { size } => {
                write!(f, "what the login carries has {size} bytes as JSON, and 1024 are allowed")
            }
            ClaimsError::CarriedSerialize(error) => write!(f, "what the login carries can't be serialized: {error}"),
            ClaimsError::TooLong => f.write_str("the token would be longer than 16 KiB"),
        }
    }
}

impl std::error::Error for ClaimsError {}
