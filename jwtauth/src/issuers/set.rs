//! The published keys of an issuer: finding the key of a token, and checking its signature.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::fetch_error::FetchError;
use super::jwk_set::{JwkSet, UsableKey};
use super::skipped::Skipped;
use crate::algorithm::Algorithm;
use crate::claims::issuer::IssuerName;
use crate::error::TokenError;
use crate::keys::{Member, PublicKey};
use crate::verified::cache::VerifiedCache;

/// The maximum number of keys that are tried for a token without a `kid`.
const MAX_TRIES: usize = 4;

/// The published keys of an issuer, ready for use.
pub(crate) struct KeySet {
    by_kid: HashMap<Box<str>, Vec<Arc<SetKey>>>,
    /// For tokens without a `kid`: in the order of the set, limited to the number that is tried.
    by_algorithm: HashMap<Algorithm, Vec<Arc<SetKey>>>,
    /// The number of usable keys.
    len: usize,
    /// The cache of tokens that these keys have verified.
    verified: Option<Arc<VerifiedCache>>,
    /// The keys of the set that are not used.
    skipped: Skipped,
    /// The hash of the JWK set.
    digest: [u8; 32],
}

/// One key of a set.
struct SetKey {
    key: PublicKey,
    /// The issuer whose tokens the key verifies. `None`: all.
    issuer: Option<IssuerName>,
}

impl KeySet {
    /// Reads a JWK set (RFC 7517 §5). Keys that can't be used with an allowed algorithm are skipped.
    pub(crate) fn parse(document: &[u8], allowed: &[Algorithm]) -> Result<Self, FetchError> {
        let mut set = KeySet::empty(Sha256::digest(document).into());
        for (place, (jwk, key)) in JwkSet::parse(document)?.keys(allowed).enumerate() {
            match key {
                Ok(key) => set.add(key),
                Err(why) => set.skipped.add(place, jwk, || why.reason(jwk, allowed)),
            }
        }
        Ok(set)
    }

    fn empty(digest: [u8; 32]) -> Self {
        let (by_kid, by_algorithm) = (HashMap::new(), HashMap::new());
        KeySet { by_kid, by_algorithm, len: 0, verified: None, skipped: Skipped::default(), digest }
    }

    fn add(&mut self, UsableKey { members, issuer }: UsableKey) {
        self.len += 1;
        members.into_iter().for_each(|member| self.add_member(member, issuer.clone()));
    }

    fn add_member(&mut self, member: Member, issuer: Option<IssuerName>) {
        let published = Arc::new(SetKey { key: member.key, issuer });
        let algorithm = published.key.algorithm();
        let same_algorithm = self.by_algorithm.entry(algorithm).or_default();
        if same_algorithm.len() < MAX_TRIES {
            same_algorithm.push(Arc::clone(&published));
        }
        if let Some(kid) = member.kid {
            let same_kid = self.by_kid.entry(kid).or_default();
            // RFC 7517 §4.5: keys with the same `kid` must have different types. Otherwise only the first is used. Keys
            // for different tenants may have the same `kid`.
            if same_kid.iter().all(|other| other.key.algorithm() != algorithm || other.issuer != published.issuer) {
                same_kid.push(published);
            }
        }
    }

    /// Adds a cache for this many tokens verified with the keys.
    pub(super) fn remembering(mut self, entries: usize) -> Self {
        self.verified = VerifiedCache::new(entries).map(Arc::new);
        self
    }

    /// Whether both sets come from identical documents.
    pub(super) fn is_same_as(&self, other: &KeySet) -> bool {
        self.digest == other.digest
    }

    /// The cache of the tokens that these keys have verified.
    pub(super) fn verified(&self) -> Option<&Arc<VerifiedCache>> {
        self.verified.as_ref()
    }

    /// The keys of the set that are not used.
    pub(crate) fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// The number of usable keys.
    #[cfg(any(test, feature = "cli"))]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the set contains the key with this `kid` or, without a `kid`, any key for the algorithm.
    pub(super) fn has(&self, algorithm: Algorithm, kid: Option<&str>) -> bool {
        match kid {
            Some(kid) => self.by_kid.contains_key(kid),
            None => self.by_algorithm.contains_key(&algorithm),
        }
    }

    /// Checks an encoded signature of a token with this `iss`. A key that names an issuer must name this one.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        iss: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let keys = match kid {
            Some(kid) => self.by_kid.get(kid).ok_or(TokenError::UnknownKey)?,
            None => self.by_algorithm.get(&algorithm).ok_or(TokenError::UnknownKey)?,
        };
        let mut error = TokenError::Algorithm;
        for SetKey { key, issuer } in keys.iter().map(|key| &**key) {
            if key.algorithm() != algorithm {
                continue;
            }
            if issuer.as_ref().is_none_or(|issuer| issuer.matches(iss)) && key.verifies(message, signature) {
                return Ok(());
            }
            error = TokenError::Signature;
        }
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{self as sig, KeyPair as _};
    use base64_simd::URL_SAFE_NO_PAD as BASE64;
    use serde_json::{Value, json};

    use super::super::jwk_set::MAX_KEYS;
    use super::*;

    const ISSUER: &str = "https://id.example.com/t-1/";

    const ALLOWED: [Algorithm; 2] = [Algorithm::ES256, Algorithm::EdDSA];

    struct Signer(sig::Ed25519KeyPair);

    impl Signer {
        fn new() -> Self {
            Signer(sig::Ed25519KeyPair::generate().expect("a pair"))
        }

        fn jwk(&self, kid: Option<&str>) -> Value {
            let x = BASE64.encode_to_string(self.0.public_key().as_ref());
            let mut jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
            if let Some(kid) = kid {
                jwk["kid"] = kid.into();
            }
            jwk
        }

        fn sign(&self) -> String {
            BASE64.encode_to_string(self.0.sign(b"message").as_ref())
        }
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes(), &ALLOWED).expect("a set")
    }

    #[test]
    fn key_set_finds_key_by_kid_and_algorithm() {
        let (a, b) = (Signer::new(), Signer::new());
        let set = set(&[a.jwk(Some("a")), b.jwk(Some("b")), json!({ "kty": "oct", "k": "AAAA", "kid": "c" })]);
        let check =
            |algorithm, kid, signer: &Signer| set.check(algorithm, kid, ISSUER, b"message", signer.sign().as_bytes());
        assert_eq!(check(Algorithm::EdDSA, Some("a"), &a), Ok(()));
        assert_eq!(check(Algorithm::EdDSA, Some("a"), &b), Err(TokenError::Signature));
        assert_eq!(check(Algorithm::ES256, Some("a"), &a), Err(TokenError::Algorithm));
        assert_eq!(check(Algorithm::EdDSA, Some("c"), &a), Err(TokenError::UnknownKey));
        assert_eq!(check(Algorithm::EdDSA, None, &b), Ok(()));
        assert_eq!(check(Algorithm::ES256, None, &b), Err(TokenError::UnknownKey));
        assert!(set.has(Algorithm::EdDSA, None) && set.has(Algorithm::EdDSA, Some("a")));
        assert!(!set.has(Algorithm::ES256, None) && !set.has(Algorithm::EdDSA, Some("c")));
    }

    #[test]
    fn key_set_uses_key_only_for_its_tenants() {
        let (any, one, all) = (Signer::new(), Signer::new(), Signer::new());
        let of = |signer: &Signer, kid: &str, issuer: &str| {
            let mut jwk = signer.jwk(Some(kid));
            jwk["issuer"] = issuer.into();
            jwk
        };
        let set = set(&[
            any.jwk(Some("any")),
            of(&one, "one", "https://id.example.com/t-1/"),
            of(&all, "all", "https://id.example.com/{tenantid}/"),
            of(&all, "one", "https://id.example.com/t-2/"),
        ]);
        let check = |kid, signer: &Signer, iss: &str| {
            set.check(Algorithm::EdDSA, Some(kid), iss, b"message", signer.sign().as_bytes()).is_ok()
        };
        for tenant in ["t-1", "t-2"] {
            let iss = format!("https://id.example.com/{tenant}/");
            assert!(check("any", &any, &iss) && check("all", &all, &iss));
            assert_eq!(check("one", &one, &iss), tenant == "t-1");
            // Another key with the same name.
            assert_eq!(check("one", &all, &iss), tenant == "t-2");
        }
        assert!(!check("all", &all, "https://other.example.com/t-1/"));
    }

    #[test]
    fn key_set_skips_key_whose_issuer_is_not_text() {
        let signer = Signer::new();
        for (issuer, is_used) in
            [(json!(""), true), (Value::Null, true), (json!([ISSUER]), false), (json!(7), false), (json!({}), false)]
        {
            let mut jwk = signer.jwk(Some("a"));
            jwk["issuer"] = issuer.clone();
            assert_eq!(!set(&[jwk]).is_empty(), is_used, "{issuer}");
        }
    }

    #[test]
    fn key_set_tries_four_keys_for_token_without_kid() {
        let signers: Vec<Signer> = (0..6).map(|_| Signer::new()).collect();
        let set = set(&signers.iter().map(|signer| signer.jwk(None)).collect::<Vec<_>>());
        for (place, signer) in signers.iter().enumerate() {
            let checked = set.check(Algorithm::EdDSA, None, ISSUER, b"message", signer.sign().as_bytes());
            assert_eq!(checked.is_ok(), place < MAX_TRIES);
        }
    }

    #[test]
    fn key_set_uses_first_of_two_keys_with_one_kid() {
        let (a, b) = (Signer::new(), Signer::new());
        let set = set(&[a.jwk(Some("a")), b.jwk(Some("a"))]);
        assert!(set.check(Algorithm::EdDSA, Some("a"), ISSUER, b"message", a.sign().as_bytes()).is_ok());
        assert!(set.check(Algorithm::EdDSA, Some("a"), ISSUER, b"message", b.sign().as_bytes()).is_err());
    }

    #[test]
    fn key_set_takes_at_most_a_hundred_keys() {
        let signer = Signer::new();
        let keys = (0..200).map(|place| signer.jwk(Some(&format!("a{place}"))));
        let useless = std::iter::repeat_n(json!({}), 500);
        let set = set(&useless.chain(keys).collect::<Vec<_>>());
        assert_eq!(set.by_kid.len(), MAX_KEYS);
        assert!(set.has(Algorithm::EdDSA, Some("a0")) && !set.has(Algorithm::EdDSA, Some("a100")));
    }

    #[test]
    fn key_set_refuses_invalid_document() {
        let deep = format!("{{\"keys\":{}{}}}", "[".repeat(70), "]".repeat(70));
        for document in
            ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]", "{\"keys\":[]}}", "\u{feff}\u{feff}{\"keys\":[]}", &deep]
        {
            assert!(KeySet::parse(document.as_bytes(), &ALLOWED).is_err(), "{document}");
        }
        assert!(KeySet::parse(b"{\"keys\":[\xff]}", &ALLOWED).is_err());
        assert!(set(&[]).is_empty());
        assert!(KeySet::parse("\u{feff}{\"keys\":[]}".as_bytes(), &ALLOWED).is_ok());
    }
}
