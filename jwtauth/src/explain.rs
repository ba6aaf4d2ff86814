//! Explains which rule accepts or refuses a token.
//!
//! The verdict is that of [`JwtAuth::verify`]. The explanation runs the same checks again, one rule at a time. Normal
//! requests do not run this code.

mod access;
mod claims;
mod explanation;
mod form;
mod members;
mod recorder;
mod refresh;
mod rule;

pub use self::explanation::Explanation;
use self::refresh::{Refreshing, refreshing};
pub use self::rule::{ExplainedRule, RuleVerdict};
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::verified::downcast;

impl JwtAuth {
    /// Explains the verdict on a token, rule by rule. The token can be an access token of the application or of a
    /// [trusted issuer](crate::guide::issuers), or a refresh token of a [session](crate::guide::sessions).
    ///
    /// The verdict on access is that of [`verify`](Self::verify) with the claims type `()`. A claims type of the
    /// application may refuse more tokens. Like `verify`, this may query the session store and fetch the issuer's keys.
    /// It changes nothing: it uses up no refresh token and ends no session.
    ///
    /// It is for operators, and much slower than `verify`. The holder of the token could find out all of it, but do not
    /// send it to clients: it contains more detail than they need.
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
        let verdict = verdict(self, token).await;
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

/// The result of [`JwtAuth::verify`]. The client did not present the token here, so it proves nothing.
async fn verdict(jwtauth: &JwtAuth, token: &str) -> Result<(), AuthError> {
    let verifier = jwtauth.verifier();
    let verified = verifier.verify::<()>(token).await?;
    let verified = downcast::<()>(verified).ok_or(TokenError::Claims)?;
    verifier.inspect_session(&verified).await
}
