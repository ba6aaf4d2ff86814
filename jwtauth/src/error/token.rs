use std::fmt;

/// Why a token was refused. The cause is always the token, never the server.
///
/// `Display` gives the `error_description` of the response. The texts are fixed, and contain nothing that the sender of
/// the token does not know.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenError {
    /// The token is malformed: it does not have three parts, a part is not canonical unpadded base64url, or the header
    /// or payload is not one JSON object. Opaque tokens also get this error.
    Malformed,
    /// The token is longer than 16 KiB.
    TooLong,
    /// The token is encrypted: it has five parts (RFC 7516 §7.1). Only signed tokens are accepted.
    Encrypted,
    /// The token has the wrong type: its `typ` is present, but neither `JWT` nor `at+jwt` (RFC 8725 §3.11), or differs
    /// from the issuer's setting `typ`.
    Type,
    /// The header requires an extension, none of which is supported: `crit` (RFC 7515 §4.1.11) or `b64` (RFC 7797 §3).
    Extension,
    /// No key for the token has the `alg` of the header, or the issuer's setting `algorithms` does not contain it.
    Algorithm,
    /// The `kid` of the header names an unknown key.
    UnknownKey,
    /// The signature does not match the key.
    Signature,
    /// A required claim is missing, a claim has the wrong type or occurs twice, the user id is empty, or the claims do
    /// not match the application's claims type. For a trusted issuer: a claim does not have the value in `require`. For
    /// an own token: the user id begins with the prefix of an issuer. The log names the claim, at the level `info`.
    Claims,
    /// The token is not valid yet: `iat` is in the future by more than a minute and more than the leeway, or `nbf` by
    /// more than the leeway (RFC 7519 §4.1.5).
    NotYetValid,
    /// The token has expired: `exp` (RFC 7519 §4.1.4) or the end of the login (`max_lifetime`) has passed.
    Expired,
    /// `iss` is neither the setting `issuer` nor a trusted issuer, or the tenant is not accepted.
    Issuer,
    /// `aud`, or the claim in `audience_claim`, does not contain the setting `audience`, or the token has an `aud` and
    /// `audience` is not set (RFC 7519 §4.1.3).
    Audience,
    /// The session of the token was ended or has expired.
    SessionEnded,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenError::Malformed => "The token is malformed",
            TokenError::TooLong => "The token is too long",
            TokenError::Encrypted => "The token is encrypted",
            TokenError::Type => "The token is of another type",
            TokenError::Extension => "The token requires an extension that is not supported",
            TokenError::Algorithm => "The token is signed with another algorithm",
            TokenError::UnknownKey => "The token is signed with an unknown key",
            TokenError::Signature => "The signature of the token is not valid",
            TokenError::Claims => "The claims of the token are not acceptable",
            TokenError::NotYetValid => "The token is not valid yet",
            TokenError::Expired => "The token has expired",
            TokenError::Issuer => "The token is from another issuer",
            TokenError::Audience => "The token is for another audience",
            TokenError::SessionEnded => "The session of the token has ended",
        })
    }
}

impl std::error::Error for TokenError {}
