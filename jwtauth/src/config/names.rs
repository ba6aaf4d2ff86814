//! The names of the settings, and of the tables that contain them.

/// The section of Rocket's figment that contains all settings.
pub(super) const SECTION: &str = "jwtauth";

/// The list of keys.
pub(super) const KEYS: &str = "keys";

/// The table of sessions.
pub(super) const SESSIONS: &str = "sessions";

/// The table of cookies.
pub(super) const COOKIES: &str = "cookies";

/// The list of issuers.
pub(super) const ISSUERS: &str = "issuers";

/// Whether the user ids of issuers are distinct.
pub(super) const USERIDS: &str = "userids";

/// The settings of one key that contain the key itself.
pub(super) const KEY_MATERIAL: [&str; 6] =
    ["master_secret", "master_secret_file", "private_key", "private_key_file", "public_key", "public_key_file"];

/// The settings of one key in the list.
pub(super) const OF_KEY: [&str; 11] = [
    "master_secret",
    "master_secret_file",
    "private_key",
    "private_key_file",
    "public_key",
    "public_key_file",
    "algorithm",
    "kid",
    "sign_from",
    "retire_at",
    "refresh",
];

/// The settings of sessions.
pub(super) const OF_SESSIONS: [&str; 6] = ["url", "secret", "secret_file", "reuse_grace", "staleness", "max_per_user"];

/// The settings of cookies.
pub(super) const OF_COOKIES: [&str; 7] =
    ["name", "same_site", "domain", "origins", "allow_missing_origin", "login_url", "confirm_url"];

/// The settings of one issuer.
pub(super) const OF_ISSUER: [&str; 23] = [
    "issuer",
    "tenants",
    "audience",
    "audience_claim",
    "require",
    "algorithms",
    "typ",
    "leeway",
    "userid_claim",
    "userid_prefix",
    "permissions_claim",
    "permissions",
    "discovery",
    "jwks_uri",
    "jwks_file",
    "master_secret_file",
    "eager",
    "retain_on_error",
    "timeout",
    "ca",
    "bearer_token_file",
    "proxy",
    "allow_http",
];

/// The settings of the section, without those of a single key, which come first. In the order of the manual.
const OF_SECTION: [&str; 23] = [
    KEYS,
    "reload",
    "jwks_path",
    "verified_cache",
    "expiration_delta",
    "leeway",
    "allow_refresh",
    "refresh_delta",
    "verify_expiration_on_refresh",
    "refresh_catchers",
    "max_lifetime",
    "issuer",
    "audience",
    "auth_header_prefix",
    "userid_claim",
    USERIDS,
    "realm",
    "resource",
    "authorization_servers",
    "warn_open_routes",
    SESSIONS,
    COOKIES,
    ISSUERS,
];

/// A table, or a list of tables, in the section.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The header of the table in Rocket.toml.
    pub(super) header: &'static str,
    pub(super) names: &'static [&'static str],
}

pub(super) static TABLES: [Table; 4] = [
    Table { name: SESSIONS, header: "[default.jwtauth.sessions]", names: &OF_SESSIONS },
    Table { name: COOKIES, header: "[default.jwtauth.cookies]", names: &OF_COOKIES },
    Table { name: KEYS, header: "[[default.jwtauth.keys]]", names: &OF_KEY },
    Table { name: ISSUERS, header: "[[default.jwtauth.issuers]]", names: &OF_ISSUER },
];

/// The settings of a single key in the section itself. These are the settings of a key in the list, except the last
/// three.
pub(super) fn of_single_key() -> &'static [&'static str] {
    &OF_KEY[..OF_KEY.len() - 3]
}

/// All settings of the section, in the order of the manual.
pub(super) fn of_section() -> impl Iterator<Item = &'static str> {
    of_single_key().iter().chain(&OF_SECTION).copied()
}

/// The header of the table that a setting belongs to. `None` if it belongs to the table with the `known` settings.
pub(super) fn header_of(name: &str, known: &[&str]) -> Option<&'static str> {
    if known.contains(&name) {
        return None;
    }
    if of_section().any(|setting| setting == name) {
        return Some("[default.jwtauth]");
    }
    TABLES.iter().find(|table| table.names.contains(&name)).map(|table| table.header)
}
