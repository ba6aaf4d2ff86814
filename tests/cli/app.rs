//! An application with a manual clock, whose tokens are explained.

use jwtauth::{
    AuthError, Clock, Explanation, JwtAuth, RefreshError, Refreshing, RuleVerdict, Tokens, refresh_nonce_handler,
};
use jwtauth_tests::{NOW, figment, with_secret};
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::{post, routes};
use serde_json::Value;

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
}

/// Returns the refusal of a refresh endpoint, without refreshing.
#[post("/refusal")]
fn refusal(refreshing: Result<Refreshing<'_>, RefreshError>) -> String {
    format!("{:?}", refreshing.err())
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[refresh_nonce_handler]
fn nonce(_userid: &str) -> Option<String> {
    Some("current".to_owned())
}

impl App {
    /// An application with these settings and the secret of the tests.
    pub(crate) async fn new(settings: Value) -> Self {
        App::with(with_secret(settings), false).await
    }

    /// An application with only these settings, and optionally a refresh nonce handler.
    pub(crate) async fn with(settings: Value, has_handler: bool) -> Self {
        let clock = Clock::manual(NOW);
        let mut fairing = JwtAuth::fairing().clock(clock.clone());
        if has_handler {
            fairing = fairing.refresh_nonce_handler(nonce);
        }
        // A route that can refresh needs the setting.
        let routes = if settings["allow_refresh"].is_null() { routes![] } else { routes![refusal, refresh] };
        let rocket = rocket::custom(figment(settings)).attach(fairing).mount("/", routes);
        App { client: Client::untracked(rocket).await.expect("a launch"), clock }
    }

    pub(crate) fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    pub(crate) async fn login(&self) -> Tokens {
        self.jwtauth().issue("alice", ()).await.expect("tokens")
    }

    async fn post(&self, path: &'static str, token: &str) -> String {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        self.client.post(path).header(header).dispatch().await.into_string().await.unwrap_or_default()
    }

    /// Refreshes, and gives the access token and the refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> (String, String) {
        let answer = self.post("/refresh", token).await;
        let body: Value = serde_json::from_str(&answer).expect("JSON");
        let token = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (token("access_token"), token("refresh_token"))
    }

    /// Explains a token. Asserts that the verdicts are those of `verify` and of the refresh endpoint, and that no
    /// secret is shown.
    pub(crate) async fn explain(&self, token: &str) -> Explanation {
        let explanation = self.jwtauth().explain(token).await;
        let error: Option<AuthError> = self.jwtauth().verify::<()>(token).await.err();
        assert_eq!(explanation.error(), error.as_ref(), "{explanation}");
        // A header contains no line breaks, and spaces at its ends are removed.
        let can_be_sent = token.bytes().all(|byte| byte.is_ascii_graphic());
        if self.jwtauth().config().allow_refresh.is_some() && can_be_sent && !token.is_empty() {
            let refusal = self.post("/refusal", token).await;
            assert_eq!(format!("{:?}", explanation.refresh_error()), refusal, "{explanation}");
        }
        assert_well_formed(&explanation, token);
        explanation
    }
}

/// Asserts that if the token is refused, one rule failed, all rules before it passed, and none after it was reached.
pub(crate) fn assert_well_formed(explanation: &Explanation, token: &str) {
    for (rules, is_good) in
        [(explanation.rules(), explanation.is_accepted()), (explanation.refresh_rules(), explanation.is_refreshable())]
    {
        let verdicts: Vec<_> = rules.iter().map(|rule| rule.verdict()).collect();
        let failed = verdicts.iter().position(|verdict| *verdict == RuleVerdict::Failed);
        assert_eq!(failed.is_none(), is_good, "{explanation}");
        let failed = failed.unwrap_or(verdicts.len());
        let is_done = |verdict: &RuleVerdict| matches!(verdict, RuleVerdict::Passed | RuleVerdict::NotChecked);
        assert!(verdicts[..failed].iter().all(is_done), "{explanation}");
        let rest = &verdicts[verdicts.len().min(failed + 1)..];
        assert!(rest.iter().all(|verdict| *verdict == RuleVerdict::NotReached), "{explanation}");
    }
    let shown = format!("{explanation}{explanation:?}");
    assert!(!shown.contains(jwtauth_tests::SECRET));
    let parts = token.split('.').filter(|part| part.len() > 16);
    for part in [token].into_iter().filter(|token| token.len() > 16).chain(parts) {
        assert!(!shown.contains(part), "it shows a part of the token: {shown}");
    }
    assert!(explanation.to_string().chars().all(|char| char == '\n' || !char.is_control()), "{explanation:?}");
}
