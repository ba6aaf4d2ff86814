//! An application with the settings of one recipe, as the guide's page shows them.

use jwtauth::{Clock, Identity, JwtAuth, Permissions, TokenError};
use jwtauth_tests::{NOW, figment};
use rocket::figment::providers::{Format, Toml};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::{get, routes};
use serde_json::{Value, json};

use super::page;
use crate::process_log;
use crate::provider::{Provider, Reply};
use crate::signer::Signer;

/// An application with the settings of a recipe. In the settings, documents and tokens, the hosts of the provider are
/// replaced by a provider on loopback. Everything else is as the provider has it.
pub(super) struct RecipeApp {
    pub(super) signer: Signer,
    /// The header of the tokens.
    pub(super) header: Value,
    pub(super) provider: Provider,
    hosts: &'static [&'static str],
    client: Client,
}

/// The permissions that the recipes grant.
#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write")]
    WriteOrders,
}

#[get("/me")]
fn me(identity: Identity) -> String {
    let may = [
        identity.require::<permission::ReadOrders>().map(|()| "orders:read"),
        identity.require::<permission::WriteOrders>().map(|()| "orders:write"),
    ];
    let may: Vec<&str> = may.into_iter().flatten().collect();
    format!("{} may [{}]", identity.userid(), may.join(" "))
}

impl RecipeApp {
    /// Launches an application with the first settings below this heading.
    pub(super) async fn launch(
        recipe: &str,
        hosts: &'static [&'static str],
        header: Value,
        documents: impl FnOnce(&Signer) -> Vec<(&'static str, Value)>,
    ) -> Self {
        let signer = Signer::rsa();
        let documents = documents(&signer);
        RecipeApp::launch_with(page::settings(recipe)[0], hosts, header, signer, documents).await
    }

    /// Launches an application with these settings. The signer signs its tokens.
    pub(super) async fn launch_with(
        settings: &str,
        hosts: &'static [&'static str],
        header: Value,
        signer: Signer,
        documents: Vec<(&'static str, Value)>,
    ) -> Self {
        process_log::install();
        let provider = Provider::new(&[]);
        for (path, document) in documents {
            let body = here(hosts, &provider, &document.to_string());
            provider.reply(path, Reply::Json { headers: String::new(), body });
        }
        let settings = Toml::string(&here(hosts, &provider, settings)).nested();
        let rocket = rocket::custom(figment(json!({})).merge(settings))
            .attach(JwtAuth::fairing().clock(Clock::manual(NOW)))
            .mount("/", routes![me]);
        RecipeApp { client: Client::untracked(rocket).await.expect("a launch"), signer, header, provider, hosts }
    }

    /// A token with these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header, claims)
    }

    /// A token with this header.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.signer.sign_text(header, &self.here(&claims.to_string()))
    }

    /// Checks that a token with these claims is accepted, with this user id and these permissions.
    pub(super) async fn accepts(&self, claims: &Value, userid: &str, permissions: &str) {
        self.accepts_token(&self.token(claims), userid, permissions).await;
    }

    /// The same for a finished token.
    pub(super) async fn accepts_token(&self, token: &str, userid: &str, permissions: &str) {
        let (status, body) = self.get(token).await;
        let error = self.jwtauth().verify::<()>(token).await.err();
        assert_eq!((status, error), (Status::Ok, None));
        assert_eq!(body, format!("{} may [{permissions}]", self.here(userid)));
    }

    /// Checks that a token with these claims is refused, with this error and these facts.
    pub(super) async fn refuses(&self, claims: &Value, error: TokenError, facts: &str) {
        let token = self.token(claims);
        let found = self.refuses_token(&token, error).await;
        assert_eq!(found.as_deref(), Some(&*self.here(facts)));
    }

    /// The same for a finished token. Returns the facts.
    pub(super) async fn refuses_token(&self, token: &str, error: TokenError) -> Option<String> {
        let refusal = self.jwtauth().verify::<()>(token).await.expect_err("the token is refused");
        assert_eq!(refusal.token_error(), Some(error), "{refusal:?}");
        assert_eq!(self.get(token).await.0, Status::Unauthorized);
        refusal.facts().map(str::to_owned)
    }

    async fn get(&self, token: &str) -> (Status, String) {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        let response = self.client.get("/me").header(header).dispatch().await;
        (response.status(), response.into_string().await.unwrap_or_default())
    }

    fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    /// A text with the provider on loopback in place of the real hosts.
    pub(super) fn here(&self, text: &str) -> String {
        here(self.hosts, &self.provider, text)
    }
}

/// These claims, with one changed. `null` removes it.
pub(super) fn changed(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// The public key of the signer, with the further members that the provider publishes.
pub(super) fn key(signer: &Signer, kid: &str, more: Value) -> Value {
    let mut jwk = signer.jwk(kid);
    jwk.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    jwk
}

fn here(hosts: &[&str], provider: &Provider, text: &str) -> String {
    hosts.iter().fold(text.to_owned(), |text, host| text.replace(host, &provider.issuer))
}
