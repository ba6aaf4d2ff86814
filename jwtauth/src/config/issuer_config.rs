use crate::algorithm::Algorithm;

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
    /// The exact value of `iss` in its tokens. Without `jwks_uri`, the discovery document is fetched from below this
    /// URL (OpenID Connect Discovery §4). Then it must be an `https:` URL, or `http:` on this machine. _Required._
    pub issuer: String,

    /// The audiences of this application: a text or a list of texts. A token is accepted if its `aud` contains one of
    /// them (RFC 8725 §3.9). _Required:_ the issuer also issues tokens for other services, which could use them here.
    pub audience: Vec<String>,

    /// The algorithms that are accepted for its tokens. Other keys that it publishes are ignored. _Default:_ all
    /// asymmetric algorithms. Algorithms with a shared secret are never accepted.
    pub algorithms: Vec<Algorithm>,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// The allowed difference between the issuer's clock and ours, in seconds. It applies to `exp`, `nbf` and `iat`.
    /// _Default:_ 30, because two clocks always differ a little.
    pub leeway: u64,

    /// The only accepted `typ` of a token's header. `at+jwt` requires an access token as in RFC 9068. `JWT` also
    /// accepts a token without `typ`. _Default:_ none, which accepts both types.
    pub typ: Option<String>,

    /// The URL of the issuer's JWK set (RFC 7517 §5): `https:`, or `http:` on this machine. _Default:_ the URL in the
    /// discovery document. If that names another host than the issuer's, the host must have a public address, so that
    /// the document can't point into the internal network. Keys on an internal host need this setting.
    pub jwks_uri: Option<String>,

    /// Whether the launch fails if the keys can't be fetched. _Default:_ `false`: the keys are fetched for the first
    /// token.
    pub eager: bool,

    /// How long expired keys stay in use if newer ones can't be fetched, in seconds. _Default:_ 1 hour: tokens stay
    /// valid during an outage of the issuer, but a key that it has withdrawn may also be accepted for that long.
    pub retain_on_error: u64,
}
