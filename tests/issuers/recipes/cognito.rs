use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://cognito-idp.eu-central-1.amazonaws.com";
const POOL: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEf6hI";
const CLIENT: &str = "5kq3v0t2m8n1p7r4s6u9w2x1y3";
const SUB: &str = "93b42882-8061-70f1-29a5-a3c7b1d8e0f2";

async fn app() -> RecipeApp {
    // Cognito's tokens have no `typ`.
    let header = json!({ "kid": "abcdefghijklmnopqrsexample=", "alg": "RS256" });
    RecipeApp::launch("Amazon Cognito", &[HOST], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let jwks = json!({ "keys": [key(signer, "abcdefghijklmnopqrsexample=", more)] });
        let document = json!({ "issuer": POOL, "jwks_uri": format!("{POOL}/.well-known/jwks.json") });
        vec![
            ("/eu-central-1_Ab3dEf6hI/.well-known/openid-configuration", document),
            ("/eu-central-1_Ab3dEf6hI/.well-known/jwks.json", jwks),
        ]
    })
    .await
}

fn access_token() -> Value {
    json!({
        "sub": SUB, "cognito:groups": ["customers", "order-clerks"], "iss": POOL, "version": 2, "client_id": CLIENT,
        "origin_jti": "6f1c2f4e", "token_use": "access", "scope": "openid orders/read", "auth_time": NOW,
        "exp": NOW + 3600, "iat": NOW, "jti": "3b9a1f5c", "username": "alice",
    })
}

#[async_test]
async fn cognito_recipe_accepts_access_token_of_the_app_client() {
    let app = app().await;
    app.accepts(&access_token(), SUB, "orders:write").await;
    app.accepts(&changed(&access_token(), "cognito:groups", Value::Null), SUB, "").await;
}

#[async_test]
async fn cognito_recipe_refuses_other_tokens() {
    let app = app().await;
    let id_token = json!({
        "sub": SUB, "cognito:groups": ["order-clerks"], "email_verified": true, "iss": POOL, "cognito:username": "alice",
        "aud": CLIENT, "event_id": "e0f2", "token_use": "id", "auth_time": NOW, "exp": NOW + 3600, "iat": NOW,
    });
    let facts = format!("audience in `client_id` was absent, configured \"{CLIENT}\"");
    app.refuses(&id_token, TokenError::Audience, &facts).await;
    let other = changed(&access_token(), "client_id", json!("another-client"));
    let facts = format!("audience in `client_id` was \"another-client\", configured \"{CLIENT}\"");
    app.refuses(&other, TokenError::Audience, &facts).await;
    let facts = "`token_use` was \"id\", required \"access\"";
    app.refuses(&changed(&access_token(), "token_use", json!("id")), TokenError::Claims, facts).await;
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    let other_pool = changed(&access_token(), "iss", json!(format!("{HOST}/eu-central-1_Zz9yXw8vU")));
    app.refuses(&other_pool, TokenError::Issuer, facts).await;
}
