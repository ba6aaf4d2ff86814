//! Errors in a report: each with its sources, and no text twice.

use std::error::Error;

use jwtauth::{
    Algorithm, AuthError, ClaimsError, FileStore, JwtAuth, KeyError, RefreshError, SessionId, StoreError, TokenError,
};
use jwtauth_tests::figment;
use rocket::tokio::runtime::Builder;
use serde_json::json;

const TOKEN_ERRORS: [TokenError; 14] = [
    TokenError::Malformed,
    TokenError::TooLong,
    TokenError::Encrypted,
    TokenError::Type,
    TokenError::Extension,
    TokenError::Algorithm,
    TokenError::UnknownKey,
    TokenError::Signature,
    TokenError::Claims,
    TokenError::NotYetValid,
    TokenError::Expired,
    TokenError::Issuer,
    TokenError::Audience,
    TokenError::SessionEnded,
];

fn claims_errors() -> Vec<ClaimsError> {
    vec![
        ClaimsError::Reserved("exp".into()),
        ClaimsError::Duplicate("nickname".into()),
        ClaimsError::NotAnObject,
        ClaimsError::Serialize("out of luck".into()),
        ClaimsError::Unreadable,
        ClaimsError::TooLong,
        ClaimsError::TooDeep,
    ]
}

fn key_errors() -> Vec<KeyError> {
    vec![
        KeyError::NotCompiled(Algorithm::RS256),
        KeyError::SecretWanted(Algorithm::HS256),
        KeyError::NoSecretWanted(Algorithm::RS256),
        KeyError::SecretTooShort { algorithm: Algorithm::HS256, least: 32, found: 3 },
        KeyError::WrongKind { algorithm: Algorithm::RS256, found: "an EC key" },
        KeyError::KeyAsSecret,
        KeyError::Unreadable,
        KeyError::BrokenPem { problem: "that was cut off" },
        KeyError::Unsupported { found: "an Ed448 key" },
        KeyError::WrongContent { wanted: "private key", found: "a certificate" },
        KeyError::NotAPair,
        KeyError::NoPrivateKey,
        KeyError::DoubleKid,
        KeyError::SigningFailed,
    ]
}

fn auth_errors() -> Vec<AuthError> {
    let mut errors = vec![
        AuthError::MissingToken,
        AuthError::AmbiguousToken,
        AuthError::NoSuchUser,
        AuthError::Unavailable,
        AuthError::EmptyUserId,
        AuthError::NonceNeedsRequest,
        AuthError::NoSessions,
        AuthError::OtherUser,
        AuthError::NotAttached,
    ];
    errors.extend(TOKEN_ERRORS.map(AuthError::from));
    errors.extend(claims_errors().into_iter().map(AuthError::Claims));
    errors.extend(key_errors().into_iter().map(AuthError::Key));
    errors
}

fn refresh_errors() -> Vec<RefreshError> {
    let mut errors = vec![
        RefreshError::Expired,
        RefreshError::Disabled,
        RefreshError::MissingToken,
        RefreshError::AmbiguousToken,
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
    errors.extend(TOKEN_ERRORS.map(RefreshError::InvalidToken));
    errors.extend(auth_errors().into_iter().map(RefreshError::Issue));
    errors
}

fn boxed<E: Error + 'static>(errors: impl IntoIterator<Item = E>) -> impl Iterator<Item = Box<dyn Error>> {
    errors.into_iter().map(|error| Box::new(error) as Box<dyn Error>)
}

/// The texts of an error and its sources, as in a report.
fn texts(error: &dyn Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts
}

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn errors_do_not_repeat_the_text_of_their_source() {
    let mut errors: Vec<Box<dyn Error>> = Vec::new();
    errors.extend(boxed(TOKEN_ERRORS));
    errors.extend(boxed(claims_errors()));
    errors.extend(boxed(key_errors()));
    errors.extend(boxed(auth_errors()));
    errors.extend(boxed(refresh_errors()));
    errors.extend(boxed("HS255".parse::<Algorithm>().err()));
    errors.extend(boxed("not a session".parse::<SessionId>().err()));
    errors.extend(boxed([StoreError::new("the row makes no sense"), StoreError::new(std::io::Error::other("gone"))]));
    let folder = std::env::temp_dir();
    errors.extend(boxed(block_on(FileStore::open(&folder)).err()));
    for settings in [
        json!({}),
        json!({ "master_secret": "short", "algorithm": "HS255" }),
        json!({ "master_secret": jwtauth_tests::SECRET, "allow_refresh": true, "sessions": { "url": format!("file:{}", folder.display()) } }),
    ] {
        errors.extend(boxed(block_on(JwtAuth::from_figment(&figment(settings))).err()));
    }
    assert_eq!(errors.len(), 14 + 7 + 14 + 44 + 73 + 2 + 2 + 1 + 3);
    for error in &errors {
        let texts = texts(&**error);
        for (place, text) in texts.iter().enumerate() {
            let others = texts.iter().enumerate().filter(|(other, _)| *other != place);
            assert!(others.into_iter().all(|(_, other)| !other.contains(text)), "{texts:#?}");
        }
    }
}
