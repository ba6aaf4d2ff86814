use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://shop-x1y2z3.zitadel.cloud";
const PROJECT: &str = "344374183645413380";
const SUB: &str = "345377791925026818";

async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "kid": "344373908297744388", "typ": "JWT" });
    RecipeApp::launch("Zitadel", &[HOST], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let document = json!({ "issuer": HOST, "jwks_uri": format!("{HOST}/oauth/v2/keys") });
        vec![
            ("/.well-known/openid-configuration", document),
            ("/oauth/v2/keys", json!({ "keys": [key(signer, "344373908297744388", more)] })),
        ]
    })
    .await
}

fn access_token() -> Value {
    json!({
        "iss": HOST, "sub": SUB, "aud": ["345377000000000001", PROJECT], "exp": NOW + 43200, "iat": NOW, "nbf": NOW,
        "client_id": "345377000000000001", "jti": "V2_345377791925092354-at_345377791925157890",
        "urn:zitadel:iam:org:project:roles": { "clerk": { "344373908297744388": "shop.example.com" } },
        "permissions": ["orders:write"],
    })
}

#[async_test]
async fn zitadel_recipe_accepts_access_token_for_the_project() {
    let app = app().await;
    app.accepts(&access_token(), SUB, "orders:write").await;
    app.accepts(&changed(&access_token(), "permissions", Value::Null), SUB, "").await;
    // The ID token has the same audience, and no permissions.
    let id_token = json!({
        "iss": HOST, "sub": SUB, "aud": ["345377000000000001", PROJECT], "exp": NOW + 43200, "iat": NOW,
        "auth_time": NOW, "amr": ["password"], "azp": "345377000000000001", "client_id": "345377000000000001",
        "at_hash": "fPlsvVszI29LU2Uh", "sid": "V1_345377791924961282",
    });
    app.accepts(&id_token, SUB, "").await;
}

#[async_test]
async fn zitadel_recipe_refuses_other_tokens() {
    let app = app().await;
    app.refuses_token("a1Zt0qvE9dW2kM7xRbN4_sYhJ3pLcU8f", TokenError::Malformed).await;
    let facts = format!("audience was [\"345377000000000001\"], configured \"{PROJECT}\"");
    let other = changed(&access_token(), "aud", json!(["345377000000000001"]));
    app.refuses(&other, TokenError::Audience, &facts).await;
}
