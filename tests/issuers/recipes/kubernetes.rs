use jwtauth::TokenError;
use jwtauth_tests::NOW;
use jwtauth_tests::folder::Folder;
use rocket::async_test;
use serde_json::{Value, json};

use super::page;
use super::recipe_app::{RecipeApp, changed, key};
use crate::signer::Signer;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const HOSTS: [&str; 2] = [ISSUER, "https://kubernetes.default.svc"];
const SUB: &str = "system:serviceaccount:shop:billing";
const KID: &str = "OAjVVaejWFc0Yt9ykr0_8lMMuRNs67OXTWHsN02Pkyw";

/// The files of the application's own service account are in the folder.
async fn app(folder: &Folder) -> RecipeApp {
    folder.put("token", "the-token-of-the-application");
    let mounted = folder.path("").display().to_string();
    let settings = page::settings("Kubernetes")[0];
    // The provider of these tests has no TLS, and `ca` would be a fault.
    let ca = "ca = \"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\"\n";
    assert!(settings.contains(ca), "{settings}");
    let settings = settings.replace(ca, "").replace("/var/run/secrets/kubernetes.io/serviceaccount/", &mounted);
    let signer = Signer::rsa();
    let jwks = json!({ "keys": [key(&signer, KID, json!({ "use": "sig", "alg": "RS256" }))] });
    // The tokens of service accounts have no `typ`.
    let header = json!({ "alg": "RS256", "kid": KID });
    RecipeApp::launch_with(&settings, &HOSTS, header, signer, vec![("/openid/v1/jwks", jwks)]).await
}

fn token() -> Value {
    json!({
        "aud": ["orders-api"], "exp": NOW + 3607, "iat": NOW, "iss": ISSUER, "jti": "e51f1fbc", "nbf": NOW,
        "kubernetes.io": {
            "namespace": "shop",
            "node": { "name": "worker-1", "uid": "e863b451" },
            "pod": { "name": "billing-7d9f", "uid": "0d8b260e" },
            "serviceaccount": { "name": "billing", "uid": "e6a8680e" },
            "warnafter": NOW + 3600,
        },
        "sub": SUB,
    })
}

#[async_test]
async fn kubernetes_recipe_accepts_token_of_the_namespace() {
    let folder = Folder::new();
    let app = app(&folder).await;
    app.accepts(&token(), SUB, "").await;
    assert!(app.provider.last_head().contains("authorization: Bearer the-token-of-the-application\r\n"));
}

#[async_test]
async fn kubernetes_recipe_refuses_other_tokens() {
    let folder = Folder::new();
    let app = app(&folder).await;
    let facts = format!("audience was [\"{ISSUER}\"], configured \"orders-api\"");
    app.refuses(&changed(&token(), "aud", json!([ISSUER])), TokenError::Audience, &facts).await;
    let mut other = token();
    other["kubernetes.io"]["namespace"] = "bank".into();
    let facts = "`kubernetes.io.namespace` was \"bank\", required \"shop\"";
    app.refuses(&other, TokenError::Claims, facts).await;
    let legacy = json!({
        "iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "shop",
        "kubernetes.io/serviceaccount/service-account.name": "billing", "sub": SUB,
    });
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    app.refuses(&legacy, TokenError::Issuer, facts).await;
}
