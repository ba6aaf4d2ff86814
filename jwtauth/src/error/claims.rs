use std::fmt;

/// Why an application's claims can't be put into a token.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// A claim has a reserved name.
    Reserved(String),
    /// A claim occurs twice.
    Duplicate(String),
    /// The claims do not serialize to a JSON object.
    NotAnObject,
    /// The claims' `Serialize` implementation failed.
    Serialize(String),
    /// The serialized claims can't be deserialized, so every request would refuse the token. For example, a number that
    /// is not finite is serialized as `null`, and a field with `skip_serializing_if` needs a `default`.
    Unreadable,
    /// The token would be longer than 16 KiB, the maximum length.
    TooLong,
    /// The token would not fit into a cookie: browsers drop cookies of more than 4096 bytes without an error. Put less
    /// into the claims, and load the rest where it is needed.
    CookieTooLong {
        /// The bytes of the token.
        len: usize,
        /// The most bytes that it can have.
        max: usize,
        /// The largest claims and their sizes, separated by commas.
        largest: String,
    },
    /// The user id does not parse as the type that the claims type requires: `#[claims(userid = …)]`. It contains the
    /// type.
    UserId(&'static str),
    /// The claims nest deeper than 64 levels, or contain a name that `serde_json` reserves (`$serde_json::private::…`).
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
            // The name is escaped, because a map key may contain any character.
            ClaimsError::Reserved(name) => {
                let name = name.escape_debug();
                write!(f, "`{name}` belongs to the token itself and can't be a claim of the application")
            }
            ClaimsError::Duplicate(name) => {
                write!(f, "the claim `{}` would occur twice in the token", name.escape_debug())
            }
            ClaimsError::NotAnObject => f.write_str("the claims do not serialize to a JSON object"),
            ClaimsError::Serialize(error) => write!(f, "the claims can't be serialized: {error}"),
            ClaimsError::Unreadable => f.write_str(
                "the claims can't be read again from what they serialize to: look for a number that is not finite, \
                 `skip_serializing_if` without `default`, a duplicate flattened name, and names that are not text",
            ),
            ClaimsError::UserId(kind) => {
                write!(f, "the user id is not of the type `{kind}`, which the claims type requires")
            }
            ClaimsError::TooDeep => {
                f.write_str("the claims nest deeper than 64 levels, or contain a name that serde_json reserves")
            }
            ClaimsError::CarriedTooLong { size } => {
                write!(f, "what the login carries has {size} bytes as JSON, and 1024 are allowed")
            }
            ClaimsError::CarriedSerialize(error) => write!(f, "what the login carries can't be serialized: {error}"),
            ClaimsError::CookieTooLong { len, max, largest } => {
                write!(
                    f,
                    "the token has {len} bytes, and a cookie has room for {max}; the largest claims are {largest}"
                )
            }
            ClaimsError::TooLong => f.write_str("the token would be longer than 16 KiB"),
        }
    }
}

impl std::error::Error for ClaimsError {}
