use jwtauth::TokenError;
use jwtauth_tests::folder::Folder;
use jwtauth_tests::{NOW, SECRET, forge};
use rocket::async_test;
use serde_json::{Value, json};

use super::page;
use super::recipe_app::{RecipeApp, changed, key};
use crate::signer::Signer;

const HOST: &str = "https://abcdefghijklmnopqrst.supabase.co";
const SUB: &str = "123e4567-e89b-42d3-a456-426614174000";
const KID: &str = "b81269f1-21d8-4f2e-b719-c2240a840d90";

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

async fn app(settings: &str) -> RecipeApp {
    let signer = Signer::new();
    let more = json!({ "alg": "ES256", "use": "sig", "key_ops": ["verify"], "ext": true });
    let documents = vec![("/auth/v1/.well-known/jwks.json", json!({ "keys": [key(&signer, KID, more)] }))];
    let header = json!({ "alg": "ES256", "kid": KID, "typ": "JWT" });
    RecipeApp::launch_with(settings, &[HOST], header, signer, documents).await
}

fn access_token() -> Value {
    json!({
        "iss": format!("{HOST}/auth/v1"), "sub": SUB, "aud": "authenticated", "exp": NOW + 3600, "iat": NOW,
        "email": "alice@example.com", "phone": "",
        "app_metadata": { "provider": "email", "providers": ["email"], "permissions": ["orders:read"] },
        "user_metadata": { "permissions": ["orders:write"] },
        "role": "authenticated", "aal": "aal1", "amr": [{ "method": "password", "timestamp": NOW }],
        "session_id": "f3c1a5d7-9b2e-4f60-8d14-6e7a0c9b5d32", "is_anonymous": false,
    })
}

#[async_test]
async fn supabase_recipe_accepts_access_token_of_the_project() {
    let app = app(page::settings("Supabase")[0]).await;
    app.accepts(&access_token(), SUB, "orders:read").await;
}

#[async_test]
async fn supabase_recipe_refuses_other_tokens() {
    let app = app(page::settings("Supabase")[0]).await;
    let facts = "`is_anonymous` was true, required false";
    app.refuses(&changed(&access_token(), "is_anonymous", json!(true)), TokenError::Claims, facts).await;
    let facts = "`role` was \"service_role\", required \"authenticated\"";
    app.refuses(&changed(&access_token(), "role", json!("service_role")), TokenError::Claims, facts).await;
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    let other = changed(&access_token(), "iss", json!("https://zyxwvutsrqponmlkjihg.supabase.co/auth/v1"));
    app.refuses(&other, TokenError::Issuer, facts).await;
    app.refuses_token(&forge(HS256, api_key()), TokenError::Issuer).await;
    let claims = app.here(&access_token().to_string());
    app.refuses_token(&forge(HS256, claims), TokenError::Algorithm).await;
}

#[async_test]
async fn supabase_recipe_for_a_migration_accepts_both_signatures() {
    let folder = Folder::new();
    folder.put("secret", SECRET);
    let secret = folder.path("secret").display().to_string();
    let settings = page::settings("Supabase")[1].replace("/run/secrets/supabase-jwt-secret", &secret);
    let app = app(&settings).await;
    app.accepts(&access_token(), SUB, "orders:read").await;
    let claims = app.here(&access_token().to_string());
    app.accepts_token(&forge(HS256, claims), SUB, "orders:read").await;
    let anonymous = changed(&access_token(), "is_anonymous", json!(true));
    app.refuses_token(&forge(HS256, app.here(&anonymous.to_string())), TokenError::Claims).await;
    app.refuses_token(&forge(HS256, api_key()), TokenError::Issuer).await;
}

/// The `anon` key of the project.
fn api_key() -> String {
    json!({ "iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": "anon", "iat": NOW, "exp": NOW + 60 }).to_string()
}
