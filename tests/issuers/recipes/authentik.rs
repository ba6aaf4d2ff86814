use jwtauth::TokenError;
use jwtauth_tests::{NOW, encode, forge};
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://auth.example.com";
const CLIENT: &str = "pM7dQ2xVbK4nR8sT1wY6zA3cE5gH9jL0";
const SUB: &str = "9d6f1f2a0c5b7e3d8a4c6e0f2b1d3a5c7e9f0b2d4a6c8e0f1b3d5a7c9e1f3b5d";

async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "kid": "5d5c8f7e9a0b1c2d", "typ": "JWT" });
    RecipeApp::launch("Authentik", &[HOST], header, |signer| {
        let more = json!({ "alg": "RS256", "use": "sig", "x5c": ["MIIC"], "x5t": "AAAA", "x5t#S256": "BBBB" });
        let document = json!({
            "issuer": format!("{HOST}/application/o/orders/"),
            "jwks_uri": format!("{HOST}/application/o/orders/jwks/"),
        });
        vec![
            ("/application/o/orders/.well-known/openid-configuration", document),
            ("/application/o/orders/jwks/", json!({ "keys": [key(signer, "5d5c8f7e9a0b1c2d", more)] })),
        ]
    })
    .await
}

fn id_token() -> Value {
    json!({
        "iss": format!("{HOST}/application/o/orders/"), "sub": SUB, "aud": CLIENT, "exp": NOW + 300, "iat": NOW,
        "auth_time": NOW, "acr": "goauthentik.io/providers/oauth2/default", "amr": ["pwd"], "sid": "ab12",
        "email": "alice@example.com", "name": "Alice", "preferred_username": "alice",
        "groups": ["authentik Admins", "order-clerks"],
    })
}

fn access_token() -> Value {
    let mut claims = id_token();
    claims["azp"] = CLIENT.into();
    claims["uid"] = "Qp4kV0".into();
    claims
}

#[async_test]
async fn authentik_recipe_accepts_access_token_of_the_application() {
    let app = app().await;
    app.accepts(&access_token(), SUB, "orders:write").await;
    app.accepts(&changed(&access_token(), "groups", Value::Null), SUB, "").await;
}

#[async_test]
async fn authentik_recipe_refuses_other_tokens() {
    let app = app().await;
    let facts = format!("`azp` was absent, required \"{CLIENT}\"");
    app.refuses(&id_token(), TokenError::Claims, &facts).await;
    let other = changed(&access_token(), "iss", json!(format!("{HOST}/application/o/bank/")));
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    app.refuses(&other, TokenError::Issuer, facts).await;
    let claims = app.here(&access_token().to_string());
    app.refuses_token(&forge(r#"{"alg":"HS256","typ":"JWT"}"#, claims), TokenError::Algorithm).await;
    let header = encode(r#"{"alg":"RSA-OAEP-256","enc":"A256CBC-HS512","typ":"JWE"}"#);
    app.refuses_token(&format!("{header}.a2V5.aXY.dGV4dA.dGFn"), TokenError::Encrypted).await;
}
