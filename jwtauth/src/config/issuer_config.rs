use std::collections::BTreeMap;
use std::path::PathBuf;

use super::tenants::Tenants;
use crate::algorithm::Algorithm;
use crate::claims::{ClaimPath, Requirement};

/// The checked settings of one trusted issuer: one `[[<profile>.jwtauth.issuers]]` table in Rocket.toml. Needs the
/// Cargo feature `issuers`.
///
/// ```toml
/// [[default.jwtauth.issuers]]
/// issuer = "https://id.example.com/realms/shop"
/// audience = "orders-api"
/// ```
///
/// An issuer must not be listed twice, and must differ from the application's own `issuer`.
#[non_exhaustive]
#[derive(Debug)]
pub struct IssuerConfig {
    /// The exact value of `iss` in its tokens. It may contain `{tenantid}` in place of a tenant: then `tenants` must be
    /// set, and `discovery` or `jwks_uri`. Such a token is accepted if its `iss` has the tenant of its claim `tid`, and
    /// if the key that made the signature is for that tenant. Without `discovery` and `jwks_uri`, the discovery
    /// document is fetched from below this URL (OpenID Connect Discovery §4, otherwise RFC 8414 §3). Then it must be an
    /// `https:` URL, or `http:` on this machine or on the host in `allow_http`. _Required._
    pub issuer: String,

    /// The tenants whose tokens are accepted: a list of the values of `tid`, or `"any"`. _Required_ if `issuer`
    /// contains `{tenantid}`; `None` if it does not.
    pub tenants: Option<Tenants>,

    /// The audiences of this application: a string or a list of strings. A token is accepted if its `aud` contains one
    /// of them (RFC 8725 §3.9). _Default:_ the setting `resource` (RFC 8707), if it is set, unless `audience_claim` is
    /// set to another claim. If the resource has no path, also with a slash at its end. Otherwise _required:_ the
    /// issuer also issues tokens for other services, which could use them here.
    pub audience: Vec<String>,

    /// The claim that holds the audience: a string or a list of strings. _Default:_ `aud` (RFC 7519 §4.1.3). Some
    /// issuers name the application only in `client_id` or `azp`.
    pub audience_claim: String,

    /// The values that other claims must have: a table such as `{ token_use = "access" }`. A claim that is a list must
    /// contain the value. The name may be a path, as in [`ClaimPath`]. A table in the table is for the members of an
    /// object: `{ "kubernetes.io" = { namespace = "shop" } }`. _Default:_ none.
    pub require: Vec<Requirement>,

    /// The algorithms that are accepted for its tokens. Other keys that it publishes are ignored. _Default:_ all
    /// asymmetric algorithms. An algorithm with a shared secret needs `master_secret_file`, which adds HS256.
    pub algorithms: Vec<Algorithm>,

    /// The claim that holds the user id, or a path to it. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: ClaimPath,

    /// The prefix of its user ids in this application, if [`userids`](crate::Config::userids) is `distinct`. It
    /// contains `{tenantid}` if `issuer` does. No prefix may be the beginning of another. _Default:_ `issuer` and `#`.
    pub userid_prefix: Option<String>,

    /// The claim, or the path to it, that holds [permissions](crate::guide::permissions): a list of strings, or a
    /// string with spaces between the names. _Default:_ none: its tokens grant nothing, whatever they contain.
    pub permissions_claim: Option<ClaimPath>,

    /// The names in `permissions_claim` that count, each with the permission that it grants: a table such as
    /// `{ "orders-admin" = "admin" }`. _Default:_ none: the names in the claim are those of the permissions.
    pub permissions: Option<BTreeMap<String, String>>,

    /// The allowed clock skew between the issuer and this application, in seconds, for `exp` and `nbf`. For `iat`, at
    /// least one minute. _Default:_ 30, because two clocks always differ a little.
    pub leeway: u64,

    /// The only accepted `typ` of a token's header. `at+jwt` requires an access token as in RFC 9068. `JWT` also
    /// accepts a token without `typ`. _Default:_ none, which accepts both types.
    pub typ: Option<String>,

    /// The URL of the discovery document, or the URL that it is below, if that is not `issuer`. Only the URL
    /// of the document may have a query. The `issuer` in the document must be the setting, including `{tenantid}`.
    /// _Default:_ below `issuer` (OpenID Connect Discovery §4).
    pub discovery: Option<String>,

    /// The URL of the issuer's JWK set (RFC 7517 §5): `https:`, or `http:` on this machine or on the host in
    /// `allow_http`. _Default:_ the URL in the discovery document. If that names another host than the discovery
    /// document's, the host must have a public address, so that the document can't point into the internal network.
    /// Keys on an internal host need this setting.
    pub jwks_uri: Option<String>,

    /// The file of the issuer's JWK set, in place of a URL: nothing is fetched, and `issuer` need not be a URL. It is
    /// read again together with the application's keys, see [`Config::reload`](crate::Config::reload). At most 256 KiB.
    /// A path is relative to the file that contains the setting. _Default:_ none.
    pub jwks_file: Option<PathBuf>,

    /// Whether `master_secret_file` is set. It names a file with a secret that is shared with the issuer. It verifies
    /// the issuer's tokens with HS256, or with another HMAC algorithm in `algorithms`, and no others. All other tokens
    /// are verified with the published keys, so the issuer can have both kinds, as during a migration. If `algorithms`
    /// names only the HMAC algorithm, nothing is fetched, and `issuer` need not be a URL. The rules for the secret are
    /// those for the application's own `master_secret_file`. _Default:_ not set. The path is not kept, because it may
    /// be the secret itself by mistake.
    pub master_secret_file: bool,

    /// Whether the launch fails if the keys can't be fetched. _Default:_ `false`: the keys are fetched for the first
    /// token.
    pub eager: bool,

    /// How long expired keys stay in use if newer ones can't be fetched, in seconds. _Default:_ 1 hour: tokens stay
    /// valid during an outage of the issuer, but a key that it has withdrawn may also be accepted for that long.
    pub retain_on_error: u64,

    /// The maximum duration of fetching the keys in seconds, including discovery: 1 to 30. Requests wait for the first
    /// fetch. _Default:_ 5.
    pub timeout: u64,

    /// A PEM file with the certificate authorities of the issuer's servers. It replaces those of the system, for this
    /// issuer. It is read at launch. A path is relative to the file that
    /// contains the setting. It must not be set if `jwks_uri` is `http:`. _Default:_ none.
    pub ca: Option<PathBuf>,

    /// Whether `bearer_token_file` is set. It names a file with a token, which is sent as `Authorization: Bearer …`
    /// when the documents of this issuer are fetched (RFC 6750 §2.1), only to the server of `jwks_uri`, `discovery` or
    /// `issuer`, whichever is fetched first, and only over `https:`, or `http:` on this machine. The file is read for
    /// each fetch. _Default:_ not set. The path is not kept, because it may be the token itself by mistake.
    pub bearer_token_file: bool,

    /// The HTTP proxy that the documents of this issuer are fetched through: `http:`, a host and a port. It gets
    /// `CONNECT` for `https:` (RFC 9110 §9.3.6), and the whole URL for `http:`. The proxy resolves the names of hosts,
    /// so only the addresses in URLs are checked, and `localhost` with the names below it (RFC 6761 §6.3). _Default:_
    /// none; environment variables are ignored.
    pub proxy: Option<String>,

    /// The host of `jwks_uri`, `discovery` or `issuer`, if it is fetched from over `http:` and is not this machine. Its
    /// address must not be public. Logs a warning, because an attacker in that network can replace the keys.
    /// _Default:_ none.
    pub allow_http: Option<String>,
}
