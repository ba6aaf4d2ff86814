//! The names of the reserved claims.

/// Whether the name is reserved, whatever `userid_claim` is.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

macro_rules! names {
    ($($constant:ident = $name:literal,)*) => {
        $(pub(super) const $constant: &str = $name;)*

        /// All reserved names. `#[derive(Claims)]` has the same list, so that a field with such a name does not
        /// compile.
        const RESERVED: &[&str] = &[$($name),*];

        /// The names as the start of a member that follows another one. They need no escapes.
        pub(super) mod member {
            $(#[allow(dead_code)] pub(in crate::claims) const $constant: &str = concat!(",\"", $name, "\":");)*
        }
    };
}

names! {
    SUB = "sub",
    ISS = "iss",
    AUD = "aud",
    EXP = "exp",
    NBF = "nbf",
    IAT = "iat",
    JTI = "jti",
    AUTH_TIME = "auth_time",
    SID = "sid",
    GEN = "gen",
    REFRESH_UNTIL = "refresh_until",
    NONCE = "nonce",
    LOGIN_TIME = "login_time",
    CARRIED = "carried",
}
