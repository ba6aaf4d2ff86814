use std::fmt;

use super::{ExplainedRule, RuleVerdict};
use crate::error::{AuthError, RefreshError};

/// An explanation of why a token is accepted or refused, from [`JwtAuth::explain`](crate::JwtAuth::explain). It lists
/// every rule in order.
///
/// There are two lists of rules. The rules for access decide as [`JwtAuth::verify`](crate::JwtAuth::verify) does. The
/// rules for refreshing decide as a refresh endpoint does before it calls the application's function.
///
/// `Display` prints both. It shows parts of the token: the `alg`, `kid` and `typ` of the header, which are not
/// authenticated until the rule `signature` has passed, and then the registered claims that the rules use. It never
/// shows the token, a key, a secret, or the application's claims. It is for operators and for the holder of the token.
/// Do not send it to clients.
///
/// ```
/// use jwtauth::{JwtAuth, RuleVerdict};
///
/// # rocket::async_test(async {
/// # let figment = rocket::Config::figment().merge(("jwtauth.master_secret", "at least 32 bytes that nobody else has"));
/// let jwtauth = JwtAuth::from_figment(&figment).await?;
/// let explanation = jwtauth.explain("not.a.token").await;
///
/// let rule = explanation.refused_by().expect("it is refused");
/// assert_eq!((rule.name(), rule.verdict()), ("header-encoding", RuleVerdict::Failed));
/// println!("{explanation}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub(super) issuer: Option<String>,
    pub(super) rules: Vec<ExplainedRule>,
    pub(super) error: Option<AuthError>,
    pub(super) refresh_rules: Vec<ExplainedRule>,
    pub(super) refresh_error: Option<RefreshError>,
}

impl Explanation {
    /// Whether the token is accepted as an access token.
    pub fn is_accepted(&self) -> bool {
        self.error.is_none()
    }

    /// The error of [`JwtAuth::verify`](crate::JwtAuth::verify). `None` if the token is accepted.
    pub fn error(&self) -> Option<&AuthError> {
        self.error.as_ref()
    }

    /// The rules for access, in order.
    pub fn rules(&self) -> &[ExplainedRule] {
        &self.rules
    }

    /// The rule that refused the token as an access token. `None` if it is accepted.
    pub fn refused_by(&self) -> Option<&ExplainedRule> {
        failed(&self.rules)
    }

    /// The [trusted issuer](crate::guide::issuers) whose rules apply, because `iss` names it. `None` if the
    /// application's own rules apply.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether no rule refuses to refresh with this token. The application can still refuse: see the rules with the
    /// verdict [`RuleVerdict::NotChecked`].
    pub fn is_refreshable(&self) -> bool {
        self.refresh_error.is_none()
    }

    /// The error of a refresh endpoint for this token. `None` if no rule refuses it.
    pub fn refresh_error(&self) -> Option<&RefreshError> {
        self.refresh_error.as_ref()
    }

    /// The rules for refreshing, in order.
    pub fn refresh_rules(&self) -> &[ExplainedRule] {
        &self.refresh_rules
    }

    /// The rule that refuses to refresh with this token. `None` if no rule does.
    pub fn refresh_refused_by(&self) -> Option<&ExplainedRule> {
        failed(&self.refresh_rules)
    }
}

fn failed(rules: &[ExplainedRule]) -> Option<&ExplainedRule> {
    rules.iter().find(|rule| rule.verdict == RuleVerdict::Failed)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_ref().map(AuthError::to_string);
        conclusion(f, "access: accepted", "access: refused", self.refused_by(), error)?;
        list(f, &self.rules)?;
        let error = self.refresh_error.as_ref().map(RefreshError::to_string);
        f.write_str("\n")?;
        conclusion(f, "refreshing: no rule refuses it", "refreshing: refused", self.refresh_refused_by(), error)?;
        list(f, &self.refresh_rules)
    }
}

fn conclusion(
    f: &mut fmt::Formatter<'_>,
    good: &str,
    bad: &str,
    rule: Option<&ExplainedRule>,
    error: Option<String>,
) -> fmt::Result {
    match (error, rule) {
        (None, _) => writeln!(f, "{good}"),
        (Some(error), Some(rule)) => writeln!(f, "{bad} by the rule `{}`: {error}", rule.name),
        (Some(error), None) => writeln!(f, "{bad}: {error}"),
    }
}

fn list(f: &mut fmt::Formatter<'_>, rules: &[ExplainedRule]) -> fmt::Result {
    rules.iter().try_for_each(|rule| writeln!(f, "  {rule}"))
}
