use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOSTS: [&str; 2] = ["https://securetoken.google.com", "https://www.googleapis.com"];
const UID: &str = "w1eNqS9Yb0fXkJt5mPzR3uVc7Ld2";

async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "kid": "a1f2e3d4c5", "typ": "JWT" });
    RecipeApp::launch("Firebase", &HOSTS, header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let keys = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
        let document = json!({
            "issuer": "https://securetoken.google.com/shop-4f2a1",
            "jwks_uri": format!("https://www.googleapis.com{keys}"),
        });
        vec![
            ("/shop-4f2a1/.well-known/openid-configuration", document),
            (keys, json!({ "keys": [key(signer, "a1f2e3d4c5", more)] })),
        ]
    })
    .await
}

fn id_token() -> Value {
    json!({
        "iss": "https://securetoken.google.com/shop-4f2a1", "aud": "shop-4f2a1", "auth_time": NOW - 60,
        "user_id": UID, "sub": UID, "iat": NOW, "exp": NOW + 3600, "email": "alice@example.com",
        "email_verified": true, "permissions": ["orders:read"],
        "firebase": { "identities": { "email": ["alice@example.com"] }, "sign_in_provider": "password" },
    })
}

#[async_test]
async fn firebase_recipe_accepts_id_token_of_the_project() {
    app().await.accepts(&id_token(), UID, "orders:read").await;
}

#[async_test]
async fn firebase_recipe_refuses_other_tokens() {
    let app = app().await;
    let mut anonymous = changed(&id_token(), "email_verified", Value::Null);
    anonymous["firebase"] = json!({ "identities": {}, "sign_in_provider": "anonymous" });
    let facts = "`email_verified` was absent, required true";
    app.refuses(&anonymous, TokenError::Claims, facts).await;
    let facts = "`email_verified` was false, required true";
    app.refuses(&changed(&id_token(), "email_verified", json!(false)), TokenError::Claims, facts).await;
    for issuer in [
        "https://securetoken.google.com/bank-1c3d5",
        "https://session.firebase.google.com/shop-4f2a1",
        "firebase-adminsdk-x1@shop-4f2a1.iam.gserviceaccount.com",
    ] {
        let facts = "the application has no key of its own, and the token is of no trusted issuer";
        app.refuses(&changed(&id_token(), "iss", json!(issuer)), TokenError::Issuer, facts).await;
    }
}
