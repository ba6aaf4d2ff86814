use std::fmt;

/// What is wrong with a token: the sender's fault, always.
///
/// Its `Display` is the `error_description` that the client is told. The texts are fixed; none says
/// anything that the sender does not know.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenError {
    /// Not in the one form in which a token is accepted: not three parts, not canonical unpadded base64url, or
    /// not one JSON object where there must be one. Opaque tokens are reported as this, too.
    Malformed,
    /// Longer than 16 KiB.
    TooLong,
    /// Encrypted: five parts (RFC 7516 §7.1). Only signed tokens are accepted.
    Encrypted,
    /// A token of another type: its `typ` is neither absent, nor `JWT`, nor `at+jwt` (RFC 8725 §3.11), or not the
    /// one that the issuer's setting `typ` requires.
    Type,
    /// Its header requires an extension that is not supported: `crit` (RFC 7515 §4.1.11) or `b64` (RFC 7797 §3).
    Extension,
    /// Its header names another algorithm than the key's.
    Algorithm,
    /// Its header names another key (`kid`).
    UnknownKey,
    /// Our key did not make the signature.
    Signature,
    /// A claim that is required is missing, a claim is of the wrong type or stands there twice, the user id is empty,
    /// or the claims are not those of the application's claims type. The log names the claim, at the level `info`.
    Claims,
    /// `iat` lies in the future by more than a minute and more than the leeway, or `nbf` by more than the leeway
    /// (RFC 7519 §4.1.5).
    NotYetValid,
    /// `exp` has come (RFC 7519 §4.1.4), or the end of the login (`max_lifetime`).
    Expired,
    /// `iss` is not our `issuer`, nor a trusted issuer where there are any.
    Issuer,
    /// `aud` names none of our `audience`, or somebody while we are nobody (RFC 7519 §4.1.3).
    Audience,
    /// The session it belongs to has ended, or is over.
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
