//! Stable words for errors, which programs can compare.

use super::{AuthError, RefreshError, TokenError};

impl TokenError {
    /// A stable word for this error, for catchers, metrics and clients.
    ///
    /// The words do not change between versions. A new variant gets a new word. Unlike the `error` of RFC 6750 §3.1,
    /// which is `invalid_token` for all variants, each variant has its own word.
    ///
    /// | variant | word |
    /// |---|---|
    /// | [`Malformed`](Self::Malformed) | `malformed` |
    /// | [`TooLong`](Self::TooLong) | `too_long` |
    /// | [`Encrypted`](Self::Encrypted) | `encrypted` |
    /// | [`Type`](Self::Type) | `wrong_type` |
    /// | [`Extension`](Self::Extension) | `unsupported_extension` |
    /// | [`Algorithm`](Self::Algorithm) | `wrong_algorithm` |
    /// | [`UnknownKey`](Self::UnknownKey) | `unknown_key` |
    /// | [`Signature`](Self::Signature) | `invalid_signature` |
    /// | [`Claims`](Self::Claims) | `invalid_claims` |
    /// | [`NotYetValid`](Self::NotYetValid) | `not_yet_valid` |
    /// | [`Expired`](Self::Expired) | `expired` |
    /// | [`Issuer`](Self::Issuer) | `wrong_issuer` |
    /// | [`Audience`](Self::Audience) | `wrong_audience` |
    /// | [`SessionEnded`](Self::SessionEnded) | `session_ended` |
    ///
    /// ```
    /// assert_eq!(jwtauth::TokenError::Audience.reason(), "wrong_audience");
    /// ```
    pub fn reason(&self) -> &'static str {
        match self {
            TokenError::Malformed => "malformed",
            TokenError::TooLong => "too_long",
            TokenError::Encrypted => "encrypted",
            TokenError::Type => "wrong_type",
            TokenError::Extension => "unsupported_extension",
            TokenError::Algorithm => "wrong_algorithm",
            TokenError::UnknownKey => "unknown_key",
            TokenError::Signature => "invalid_signature",
            TokenError::Claims => "invalid_claims",
            TokenError::NotYetValid => "not_yet_valid",
            TokenError::Expired => "expired",
            TokenError::Issuer => "wrong_issuer",
            TokenError::Audience => "wrong_audience",
            TokenError::SessionEnded => "session_ended",
        }
    }
}

impl AuthError {
    /// A stable word for this error, for catchers, metrics and clients. See [`TokenError::reason`].
    ///
    /// | variant | word |
    /// |---|---|
    /// | [`MissingToken`](Self::MissingToken) | `missing_token` |
    /// | [`AmbiguousToken`](Self::AmbiguousToken) | `ambiguous_token` |
    /// | [`InvalidToken`](Self::InvalidToken) | the word of the [`TokenError`] |
    /// | [`NoSuchUser`](Self::NoSuchUser) | `no_such_user` |
    /// | [`Unavailable`](Self::Unavailable) | `unavailable` |
    /// | [`CrossOrigin`](Self::CrossOrigin) | `cross_origin` |
    /// | [`Forbidden`](Self::Forbidden) with a `scope` | `insufficient_scope` |
    /// | [`Forbidden`](Self::Forbidden) without one | `forbidden` |
    /// | [`NotRecent`](Self::NotRecent) | `login_not_recent` |
    /// | [`OtherUser`](Self::OtherUser) | `other_user` |
    /// | [`Recursion`](Self::Recursion) | `loader_recursion` |
    /// | [`EmptyUserId`](Self::EmptyUserId) | `empty_user_id` |
    /// | [`WrongUserId`](Self::WrongUserId) | `wrong_user_id` |
    /// | [`ReservedUserId`](Self::ReservedUserId) | `reserved_user_id` |
    /// | [`Claims`](Self::Claims) | `unusable_claims` |
    /// | [`Key`](Self::Key) | `unusable_key` |
    /// | [`NonceNeedsRequest`](Self::NonceNeedsRequest) | `nonce_needs_request` |
    /// | [`NoSessions`](Self::NoSessions) | `no_sessions` |
    /// | [`NotAttached`](Self::NotAttached) | `not_attached` |
    ///
    /// ```
    /// use jwtauth::AuthError;
    /// use rocket::{Request, catch};
    ///
    /// #[catch(401)]
    /// fn unauthorized(request: &Request<'_>) -> &'static str {
    ///     AuthError::of(request).map_or("unauthorized", AuthError::reason)
    /// }
    /// ```
    pub fn reason(&self) -> &'static str {
        match self {
            AuthError::MissingToken => "missing_token",
            AuthError::AmbiguousToken => "ambiguous_token",
            AuthError::InvalidToken { error, .. } => error.reason(),
            AuthError::NoSuchUser => "no_such_user",
            AuthError::Unavailable => "unavailable",
            AuthError::CrossOrigin => "cross_origin",
            AuthError::Forbidden { scope } if scope.is_empty() => "forbidden",
            AuthError::Forbidden { .. } => "insufficient_scope",
            AuthError::NotRecent { .. } => "login_not_recent",
            AuthError::OtherUser => "other_user",
            AuthError::Recursion => "loader_recursion",
            AuthError::EmptyUserId => "empty_user_id",
            AuthError::WrongUserId { .. } => "wrong_user_id",
            AuthError::ReservedUserId { .. } => "reserved_user_id",
            AuthError::Claims(_) => "unusable_claims",
            AuthError::Key(_) => "unusable_key",
            AuthError::NonceNeedsRequest => "nonce_needs_request",
            AuthError::NoSessions => "no_sessions",
            AuthError::NotAttached => "not_attached",
        }
    }
}

impl RefreshError {
    /// A stable word for this error, for fairings and metrics. See [`TokenError::reason`].
    ///
    /// | variant | word |
    /// |---|---|
    /// | [`Expired`](Self::Expired) | `login_expired` |
    /// | [`Disabled`](Self::Disabled) | `refresh_disabled` |
    /// | [`MissingToken`](Self::MissingToken) | `missing_token` |
    /// | [`AmbiguousToken`](Self::AmbiguousToken) | `ambiguous_token` |
    /// | [`CrossOrigin`](Self::CrossOrigin) | `cross_origin` |
    /// | [`InvalidToken`](Self::InvalidToken) | the word of the [`TokenError`] |
    /// | [`KeyNeverRefreshes`](Self::KeyNeverRefreshes) | `key_never_refreshes` |
    /// | [`MissingClaim`](Self::MissingClaim) | `missing_claim` |
    /// | [`UserId`](Self::UserId) | `wrong_user_id` |
    /// | [`Nonce`](Self::Nonce) | `wrong_nonce` |
    /// | [`SessionEnded`](Self::SessionEnded) | `session_ended` |
    /// | [`Reuse`](Self::Reuse) | `token_reused` |
    /// | [`Superseded`](Self::Superseded) | `token_superseded` |
    /// | [`NoSuchUser`](Self::NoSuchUser) | `no_such_user` |
    /// | [`Unavailable`](Self::Unavailable) | `unavailable` |
    /// | [`Issue`](Self::Issue) | the word of the [`AuthError`] |
    /// | [`Recursion`](Self::Recursion) | `nonce_handler_recursion` |
    /// | [`NotAttached`](Self::NotAttached) | `not_attached` |
    pub fn reason(&self) -> &'static str {
        match self {
            RefreshError::Expired => "login_expired",
            RefreshError::Disabled => "refresh_disabled",
            RefreshError::MissingToken => "missing_token",
            RefreshError::AmbiguousToken => "ambiguous_token",
            RefreshError::CrossOrigin => "cross_origin",
            RefreshError::InvalidToken(error) => error.reason(),
            RefreshError::KeyNeverRefreshes => "key_never_refreshes",
            RefreshError::MissingClaim => "missing_claim",
            RefreshError::UserId => "wrong_user_id",
            RefreshError::Nonce => "wrong_nonce",
            RefreshError::SessionEnded => "session_ended",
            RefreshError::Reuse => "token_reused",
            RefreshError::Superseded => "token_superseded",
            RefreshError::NoSuchUser => "no_such_user",
            RefreshError::Unavailable => "unavailable",
            RefreshError::Issue(error) => error.reason(),
            RefreshError::Recursion => "nonce_handler_recursion",
            RefreshError::NotAttached => "not_attached",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ClaimsError;
    use crate::error::KeyError;

    /// The words in the table of a type's documentation, read from this file.
    fn documented(of: &str) -> Vec<&'static str> {
        let start = include_str!("reason.rs").split(&format!("\nimpl {of} {{\n")).nth(1).expect("an impl");
        let docs = start.split("pub fn reason").next().expect("docs");
        let rows = docs.lines().filter(|line| line.starts_with("    /// | [`"));
        rows.filter_map(|row| row.rsplit(" | `").next()?.strip_suffix("` |")).collect()
    }

    #[track_caller]
    fn check(of: &str, words: Vec<&'static str>) {
        for word in &words {
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word} is not in snake case");
            assert_eq!(words.iter().filter(|other| *other == word).count(), 1, "{word} is not unique");
        }
        assert_eq!(documented(of), words, "the table of {of}");
    }

    #[test]
    fn reason_of_each_error_is_unique_and_documented() {
        use TokenError::*;
        let errors = [
            Malformed,
            TooLong,
            Encrypted,
            Type,
            Extension,
            Algorithm,
            UnknownKey,
            Signature,
            Claims,
            NotYetValid,
            Expired,
            Issuer,
            Audience,
            SessionEnded,
        ];
        let token_words = errors.map(|error| error.reason());
        check("TokenError", token_words.to_vec());

        let errors = [
            AuthError::MissingToken,
            AuthError::AmbiguousToken,
            AuthError::NoSuchUser,
            AuthError::Unavailable,
            AuthError::CrossOrigin,
            AuthError::Forbidden { scope: "orders:read".into() },
            AuthError::forbidden(),
            AuthError::NotRecent { max_age: 300 },
            AuthError::OtherUser,
            AuthError::Recursion,
            AuthError::EmptyUserId,
            AuthError::WrongUserId { userid: "alice".into(), types: "i64".into() },
            AuthError::ReservedUserId { userid: "shop:alice".into() },
            AuthError::Claims(ClaimsError::NotAnObject),
            AuthError::Key(KeyError::NoPrivateKey),
            AuthError::NonceNeedsRequest,
            AuthError::NoSessions,
            AuthError::NotAttached,
        ];
        let words: Vec<_> = errors.iter().map(AuthError::reason).collect();
        assert!(words.iter().all(|word| !token_words.contains(word)), "{words:?}");
        check("AuthError", words);
        assert_eq!(AuthError::from(Audience).reason(), "wrong_audience");

        let errors = [
            RefreshError::Expired,
            RefreshError::Disabled,
            RefreshError::MissingToken,
            RefreshError::AmbiguousToken,
            RefreshError::CrossOrigin,
            RefreshError::KeyNeverRefreshes,
            RefreshError::MissingClaim,
            RefreshError::UserId,
            RefreshError::Nonce,
            RefreshError::SessionEnded,
            RefreshError::Reuse,
            RefreshError::Superseded,
            RefreshError::NoSuchUser,
            RefreshError::Unavailable,
            RefreshError::Recursion,
            RefreshError::NotAttached,
        ];
        check("RefreshError", errors.iter().map(RefreshError::reason).collect());
        assert_eq!(RefreshError::InvalidToken(Expired).reason(), "expired");
        assert_eq!(RefreshError::Issue(AuthError::EmptyUserId).reason(), "empty_user_id");
    }
}
