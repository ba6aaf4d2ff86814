/// The checked settings of the application as an OAuth protected resource (RFC 9728): `resource` and
/// `authorization_servers`.
///
/// ```toml
/// [default.jwtauth]
/// resource = "https://api.example.com/mcp"
///
/// [[default.jwtauth.issuers]]
/// issuer = "https://id.example.com"
/// ```
///
/// The application publishes its metadata at [`metadata_url`](Self::metadata_url), and names this URL in its
/// challenges. The guide has a [chapter](crate::guide::protected_resource) on it.
#[non_exhaustive]
#[derive(Debug)]
pub struct ResourceConfig {
    /// The resource identifier: the URL at which clients know the application (RFC 9728 §1.2, RFC 8707 §2). It is an
    /// `https:` URL without a fragment, or `http:` on this machine. It is also the default
    /// [audience](crate::Config::audience) of each issuer, but not that of the application's own tokens.
    pub identifier: String,

    /// The authorization servers at which clients get a token for the resource: their issuer identifiers (RFC 8414 §2).
    /// _Default:_ the trusted issuers whose `issuer` is a URL.
    pub authorization_servers: Vec<String>,

    pub(super) metadata_url: String,
    pub(super) metadata_path: String,
}

impl ResourceConfig {
    /// The URL of the metadata (RFC 9728 §3.1): `/.well-known/oauth-protected-resource` stands between the host and the
    /// path of the resource. It depends on the settings only, so it is right behind a proxy, whatever `Host` a request
    /// has.
    ///
    /// The metadata of `https://api.example.com/mcp` is at
    /// `https://api.example.com/.well-known/oauth-protected-resource/mcp`.
    pub fn metadata_url(&self) -> &str {
        &self.metadata_url
    }

    /// The path at which the metadata is mounted, without a slash at its end.
    pub(crate) fn metadata_path(&self) -> &str {
        &self.metadata_path
    }
}
