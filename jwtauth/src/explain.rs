//! Explains which rule accepts or refuses a token.
//!
//! The verdict is that of [`JwtAuth::verify`]. The rules only explain it: they are judged by the same functions, one at
//! a time, and only here, so that nothing of this costs a request anything.

mod access;
mod claims;
mod explanation;
mod form;
mod members;
mod recorder;
mod refresh;
mod rule;
pub(crate) mod shown;

pub use self::explanation::Explanation;
use self::refresh::{Refreshing, refreshing};
pub use self::rule::{ExplainedRule, RuleVerdict};
use crate::jwtauth::JwtAuth;

impl JwtAuth {
    /// Explains the verdict on a token, rule by rule: an access token of the application or of a
    /// [trusted issuer](crate::guide::issuers), or a refresh token of a [session](crate::guide::sessions).
    ///
    /// The verdict on access is that of [`verify`](Self::verify), asked for with the claims type `()`: a type of the
    /// application may refuse more. Like `verify`, this may ask the session store, and the issuer for its keys. It
    /// changes nothing: no refresh token is spent, and no session ends.
    ///
    /// It is for operators, and much slower than `verify`. What it finds is no secret to whoever holds the token, but
    /// it says more than a client should learn.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// # rocket::async_test(async {
    /// # let figment = rocket::Config::figment().merge(("jwtauth.master_secret", "at least 32 bytes that nobody else has"));
    /// # let jwtauth = JwtAuth::from_figment(&figment).await?;
    /// let tokens = jwtauth.issue("alice", ()).await?;
    /// let explanation = jwtauth.explain(tokens.access_token()).await;
    /// assert!(explanation.is_accepted());
    /// assert_eq!(explanation.refresh_refused_by().map(|rule| rule.name()), Some("allow_refresh"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn explain(&self, token: &str) -> Explanation {
        let verdict = self.verify::<()>(token).await.map(drop);
        let now = self.now();
        #[cfg(feature = "issuers")]
        let issuer = self.issuers().policy_of(token).and_then(|policy| {
            let named = policy.issuer.as_deref()?;
            let place = self.config().issuers.iter().position(|issuer| issuer.issuer == named)?;
            Some((place, named.to_owned(), policy))
        });
        #[cfg(feature = "issuers")]
        let (issuer, rules) = match issuer {
            Some((place, name, policy)) => (Some(name), access::of_issuer(self, token, place, &policy, &verdict, now)),
            None => (None, access::own(self, token, &verdict, now)),
        };
        #[cfg(not(feature = "issuers"))]
        let (issuer, rules) = (None, access::own(self, token, &verdict, now));
        let own = issuer.is_none().then_some(&rules[..]);
        let Refreshing { rules: refresh_rules, error: refresh_error } = refreshing(self, token, own, now).await;
        Explanation { issuer, rules, error: verdict.err(), refresh_rules, refresh_error }
    }
}
