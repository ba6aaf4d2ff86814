//! The names of the claims that belong to the token itself.

/// Whether an application's claims can't have this name, whatever `userid_claim` is.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

macro_rules! names {
    ($($constant:ident = $name:literal,)*) => {
        $(pub(super) const $constant: &str = $name;)*

        /// All of them. `#[derive(Claims)]` has the same list, so that a field of such a name does not compile.
        const RESERVED: &[&str] = &[$($name),*];

        /// The names as they begin a member of an object that has members before it. They need no escape.
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
}
