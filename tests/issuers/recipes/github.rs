use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://token.actions.githubusercontent.com";

async fn app() -> RecipeApp {
    let header =
        json!({ "typ": "JWT", "alg": "RS256", "x5t": "eIVKAvnA", "kid": "cc413527-173f-5a05-976e-9c52b1d7b431" });
    RecipeApp::launch("GitHub Actions", &[HOST], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256", "x5t": "eIVKAvnA", "x5c": ["MIIC"] });
        let jwks = json!({ "keys": [key(signer, "cc413527-173f-5a05-976e-9c52b1d7b431", more)] });
        let document = json!({ "issuer": HOST, "jwks_uri": format!("{HOST}/.well-known/jwks") });
        vec![("/.well-known/openid-configuration", document), ("/.well-known/jwks", jwks)]
    })
    .await
}

fn token() -> Value {
    json!({
        "jti": "example-id", "sub": "repo:shop/orders:environment:production", "environment": "production",
        "aud": "https://deploy.example.com", "ref": "refs/heads/main", "sha": "f1e2d3", "repository": "shop/orders",
        "repository_owner": "shop", "repository_id": "456789012", "repository_owner_id": "123456",
        "repository_visibility": "private", "run_id": "9876543210", "run_number": "10", "run_attempt": "2",
        "runner_environment": "github-hosted", "actor": "alice", "actor_id": "12", "event_name": "push",
        "ref_type": "branch", "job_workflow_ref": "shop/orders/.github/workflows/deploy.yml@refs/heads/main",
        "iss": HOST, "nbf": NOW - 300, "exp": NOW + 900, "iat": NOW,
    })
}

#[async_test]
async fn github_recipe_accepts_token_of_the_repository() {
    let app = app().await;
    app.accepts(&token(), "repo:shop/orders:environment:production", "").await;
    // The form with ids that cannot be taken over.
    let subject = "repo:shop@123456/orders@456789012:environment:production";
    app.accepts(&changed(&token(), "sub", json!(subject)), subject, "").await;
}

#[async_test]
async fn github_recipe_refuses_other_tokens() {
    let app = app().await;
    let facts = "audience was \"https://github.com/shop\", configured \"https://deploy.example.com\"";
    app.refuses(&changed(&token(), "aud", json!("https://github.com/shop")), TokenError::Audience, facts).await;
    // A repository that took over the name.
    let facts = "`repository_id` was \"999\", required \"456789012\"";
    app.refuses(&changed(&token(), "repository_id", json!("999")), TokenError::Claims, facts).await;
    let mut pull_request = changed(&token(), "environment", Value::Null);
    pull_request["sub"] = "repo:shop/orders:pull_request".into();
    let facts = "`environment` was absent, required \"production\"";
    app.refuses(&pull_request, TokenError::Claims, facts).await;
    app.refuses_token("ghs_16C7e42F292c6912E7710c838347Ae178B4a", TokenError::Malformed).await;
}
