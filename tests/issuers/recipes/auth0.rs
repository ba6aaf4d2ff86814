use jwtauth::TokenError;
use jwtauth_tests::{NOW, encode, forge};
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://shop.eu.auth0.com";

async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAy" });
    RecipeApp::launch("Auth0", &[HOST], header, |signer| {
        let kid = "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAy";
        let more = json!({ "use": "sig", "alg": "RS256", "x5t": "NjVBRjY5MDl", "x5c": ["MIIC"] });
        let document = json!({
            "issuer": format!("{HOST}/"),
            "jwks_uri": format!("{HOST}/.well-known/jwks.json"),
            "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        });
        vec![
            ("/.well-known/openid-configuration", document),
            ("/.well-known/jwks.json", json!({ "keys": [key(signer, kid, more)] })),
        ]
    })
    .await
}

fn access_token() -> Value {
    json!({
        "iss": format!("{HOST}/"), "sub": "auth0|65f1c0a7", "iat": NOW, "exp": NOW + 86400,
        "aud": ["https://orders.example.com", format!("{HOST}/userinfo")],
        "scope": "openid profile", "azp": "my_client_id", "permissions": ["orders:read", "orders:write"],
    })
}

#[async_test]
async fn auth0_recipe_accepts_access_token_of_the_api() {
    let app = app().await;
    app.accepts(&access_token(), "auth0|65f1c0a7", "orders:read orders:write").await;
    // With the RFC 9068 profile.
    let mut header = app.header.clone();
    header["typ"] = "at+jwt".into();
    app.accepts_token(&app.token_with(&header, &access_token()), "auth0|65f1c0a7", "orders:read orders:write").await;
    // A service.
    let mut service = changed(&access_token(), "sub", json!("my_client_id@clients"));
    service["gty"] = "client-credentials".into();
    service["permissions"] = json!([]);
    app.accepts(&service, "my_client_id@clients", "").await;
}

#[async_test]
async fn auth0_recipe_refuses_other_tokens() {
    let app = app().await;
    let id_token = json!({
        "iss": format!("{HOST}/"), "sub": "auth0|65f1c0a7", "aud": "my_client_id", "iat": NOW, "exp": NOW + 36000,
        "nickname": "alice", "sid": "Yk9u", "nonce": "678910",
    });
    let facts = "audience was \"my_client_id\", configured \"https://orders.example.com\"";
    app.refuses(&id_token, TokenError::Audience, facts).await;
    let facts = format!("audience was \"{HOST}/api/v2/\", configured \"https://orders.example.com\"");
    let management = changed(&access_token(), "aud", json!(format!("{HOST}/api/v2/")));
    app.refuses(&management, TokenError::Audience, &facts).await;
    let encrypted = format!("{}..{}.{}.{}", encode(r#"{"alg":"dir","enc":"A256GCM"}"#), "aXY", "dGV4dA", "dGFn");
    app.refuses_token(&encrypted, TokenError::Encrypted).await;
    app.refuses_token("8Zr3KpQm0vTb", TokenError::Malformed).await;
    let claims = app.here(&access_token().to_string());
    app.refuses_token(&forge(r#"{"alg":"HS256","typ":"JWT"}"#, claims), TokenError::Algorithm).await;
}
