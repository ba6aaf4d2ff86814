use crate::algorithm::Algorithm;

/// The settings of one issuer whose tokens are accepted beside the application's own, checked: what stands in one
/// `[[<profile>.jwtauth.issuers]]` of Rocket.toml. Needs the Cargo feature `issuers`.
///
/// ```toml
/// [[default.jwtauth.issuers]]
/// issuer = "https://id.example.com/realms/shop"
/// audience = "orders-api"
/// ```
///
/// No issuer may stand there twice, nor be the application's own `issuer`.
#[non_exhaustive]
#[derive(Debug)]
pub struct IssuerConfig {
    /// The value of `iss` in its tokens, compared to the letter. Without `jwks_uri` it is also where its keys are asked
    /// for: an `https:` URL, or `http:` on this machine, below which there is a discovery document (OpenID Connect
    /// Discovery §4). _Required._
    pub issuer: String,

    /// Who we are to the issuer: one of these must stand in `aud` (RFC 8725 §3.9): a text or a list of them.
    /// _Required:_ the issuer has tokens for others as well, who could pass them on.
    pub audience: Vec<String>,

    /// The algorithms that its keys may be used with, whatever else it publishes. _Default:_ all but those with a
    /// shared secret, which can't be among them.
    pub algorithms: Vec<Algorithm>,

    /// The claim that holds the user id. _Default:_ `sub` (RFC 7519 §4.1.2).
    pub userid_claim: String,

    /// How far the issuer's clock and ours may be apart, in seconds; allowed on `exp`, `nbf` and `iat`. _Default:_ 30:
    /// no two clocks are quite the same.
    pub leeway: u64,

    /// The only `typ` that a token's header may have: `at+jwt`, to insist on an access token by RFC 9068, or `JWT`, for
    /// which none at all will do as well. _Default:_ none; then either will do.
    pub typ: Option<String>,

    /// Where the issuer's keys are: a JWK set (RFC 7517 §5), by `https:`, or by `http:` on this machine. _Default:_
    /// where the discovery document says. If that is on another host than the issuer, the host must have a public
    /// address, so that the document can't lead into the internal network; keys that are there need this setting.
    pub jwks_uri: Option<String>,

    /// Whether the launch fails if the keys can't be fetched. _Default:_ `false`: they are fetched when the first
    /// token comes.
    pub eager: bool,

    /// For how long, in seconds, keys that have run out are used on while newer ones can't be had. _Default:_ 1 hour:
    /// an issuer that is away for a while takes nobody down with it, and as long would a key be accepted that it has
    /// withdrawn.
    pub retain_on_error: u64,
}
