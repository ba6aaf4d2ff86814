use jwtauth::TokenError;
use jwtauth_tests::{NOW, encode};
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};
use crate::signer::Signer;

const HOST: &str = "https://id.example.com";
const REALM: &str = "https://id.example.com/realms/shop";
const SUB: &str = "f3c1a5d7-9b2e-4f60-8d14-6e7a0c9b5d32";

async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE" });
    RecipeApp::launch("Keycloak", &[HOST], header, |signer| {
        let chain = json!({ "x5c": ["MIIC"], "x5t": "AAAA", "x5t#S256": "BBBB" });
        let mut signs = key(signer, "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE", chain.clone());
        signs["use"] = "sig".into();
        signs["alg"] = "RS256".into();
        // A second key is for encryption.
        let mut encrypts = key(&Signer::rsa(), "tqGzOe2", chain);
        encrypts["use"] = "enc".into();
        encrypts["alg"] = "RSA-OAEP".into();
        let certs = format!("{REALM}/protocol/openid-connect/certs");
        vec![
            ("/realms/shop/.well-known/openid-configuration", json!({ "issuer": REALM, "jwks_uri": certs })),
            ("/realms/shop/protocol/openid-connect/certs", json!({ "keys": [encrypts, signs] })),
        ]
    })
    .await
}

fn access_token() -> Value {
    json!({
        "exp": NOW + 300, "iat": NOW, "auth_time": NOW, "jti": "onrtac:0c1d", "iss": REALM,
        "aud": ["orders-api", "account"], "sub": SUB, "typ": "Bearer", "azp": "spa", "sid": "b4f5", "acr": "1",
        "allowed-origins": ["https://shop.example.com"],
        "realm_access": { "roles": ["offline_access", "orders:read"] },
        "resource_access": { "orders-api": { "roles": ["clerk"] }, "account": { "roles": ["manage-account"] } },
        "scope": "openid email profile", "email_verified": true, "preferred_username": "alice",
    })
}

#[async_test]
async fn keycloak_recipe_accepts_access_token_of_the_api() {
    let app = app().await;
    app.accepts(&access_token(), SUB, "orders:write").await;
    app.accepts(&changed(&access_token(), "resource_access", json!({})), SUB, "").await;
}

#[async_test]
async fn keycloak_recipe_refuses_other_tokens() {
    let app = app().await;
    let facts = "audience was \"account\", configured \"orders-api\"";
    app.refuses(&changed(&access_token(), "aud", json!("account")), TokenError::Audience, facts).await;
    let facts = "audience was absent, configured \"orders-api\"";
    app.refuses(&changed(&access_token(), "aud", Value::Null), TokenError::Audience, facts).await;
    let id_token = json!({
        "exp": NOW + 300, "iat": NOW, "iss": REALM, "aud": "orders-api", "sub": SUB, "typ": "ID", "azp": "orders-api",
        "at_hash": "Xk8", "preferred_username": "alice",
    });
    app.refuses(&id_token, TokenError::Claims, "`typ` was \"ID\", required \"Bearer\"").await;
    let refresh = json!({ "exp": NOW + 1800, "iat": NOW, "iss": REALM, "aud": REALM, "sub": SUB, "typ": "Refresh" });
    let header = encode(r#"{"alg":"HS512","typ":"JWT","kid":"7c9a"}"#);
    let refresh = format!("{header}.{}.{}", encode(app.here(&refresh.to_string())), "A".repeat(86));
    app.refuses_token(&refresh, TokenError::Algorithm).await;
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    let other = changed(&access_token(), "iss", json!(format!("{HOST}/realms/bank")));
    app.refuses(&other, TokenError::Issuer, facts).await;
}
