use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const WEB: &str = "407408718192-web.apps.googleusercontent.com";
const IOS: &str = "407408718192-ios.apps.googleusercontent.com";
const SUB: &str = "110169484474386276334";

/// The keys are on another host than the discovery document.
async fn app() -> RecipeApp {
    let header = json!({ "alg": "RS256", "kid": "c7e1141059a19b2181", "typ": "JWT" });
    RecipeApp::launch("Google", &["https://accounts.google.com", "https://www.googleapis.com"], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let document = json!({
            "issuer": "https://accounts.google.com",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        });
        vec![
            ("/.well-known/openid-configuration", document),
            ("/oauth2/v3/certs", json!({ "keys": [key(signer, "c7e1141059a19b2181", more)] })),
        ]
    })
    .await
}

fn id_token() -> Value {
    json!({
        "iss": "https://accounts.google.com", "azp": WEB, "aud": WEB, "sub": SUB, "hd": "example.com",
        "email": "alice@example.com", "email_verified": true, "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "name": "Alice",
        "iat": NOW, "exp": NOW + 3600,
    })
}

#[async_test]
async fn google_recipe_accepts_id_token_of_each_client() {
    let app = app().await;
    app.accepts(&id_token(), SUB, "").await;
    app.accepts(&changed(&id_token(), "aud", json!(IOS)), SUB, "").await;
}

#[async_test]
async fn google_recipe_refuses_other_tokens() {
    let app = app().await;
    app.refuses_token("ya29.a0AfH6SMBx-x", TokenError::Malformed).await;
    let facts = format!("audience was \"other.apps.googleusercontent.com\", configured [\"{WEB}\", \"{IOS}\"]");
    let other = changed(&id_token(), "aud", json!("other.apps.googleusercontent.com"));
    app.refuses(&other, TokenError::Audience, &facts).await;
    let facts = "`hd` was absent, required \"example.com\"";
    app.refuses(&changed(&id_token(), "hd", Value::Null), TokenError::Claims, facts).await;
    let facts = "`hd` was \"example.org\", required \"example.com\"";
    app.refuses(&changed(&id_token(), "hd", json!("example.org")), TokenError::Claims, facts).await;
}
