use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://gitlab.com";
const SUB: &str = "project_path:shop/orders:ref_type:branch:ref:main";

async fn app() -> RecipeApp {
    let header = json!({ "kid": "4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE", "typ": "JWT", "alg": "RS256" });
    RecipeApp::launch("GitLab", &[HOST], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let jwks = json!({ "keys": [key(signer, "4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE", more)] });
        let document = json!({ "issuer": HOST, "jwks_uri": format!("{HOST}/oauth/discovery/keys") });
        vec![("/.well-known/openid-configuration", document), ("/oauth/discovery/keys", jwks)]
    })
    .await
}

fn token() -> Value {
    json!({
        "namespace_id": "72", "namespace_path": "shop", "project_id": "53804090", "project_path": "shop/orders",
        "user_id": "1", "user_login": "alice", "pipeline_id": "1212", "pipeline_source": "push", "job_id": "1212",
        "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true",
        "runner_environment": "gitlab-hosted", "sha": "714a629c", "project_visibility": "private",
        "jti": "235b3a54", "iss": HOST, "iat": NOW, "nbf": NOW - 5, "exp": NOW + 3600, "sub": SUB,
        "aud": "https://deploy.example.com",
    })
}

#[async_test]
async fn gitlab_recipe_accepts_token_of_the_project() {
    app().await.accepts(&token(), SUB, "").await;
}

#[async_test]
async fn gitlab_recipe_refuses_other_tokens() {
    let app = app().await;
    let facts = "audience was \"https://vault.example.com\", configured \"https://deploy.example.com\"";
    app.refuses(&changed(&token(), "aud", json!("https://vault.example.com")), TokenError::Audience, facts).await;
    // A user who logs in with GitLab: the same issuer and keys.
    let login: Value = json!({
        "iss": HOST, "sub": "1", "aud": "f5d2a1", "exp": NOW + 120, "iat": NOW, "auth_time": NOW, "name": "Alice",
    });
    let facts = "audience was \"f5d2a1\", configured \"https://deploy.example.com\"";
    app.refuses(&login, TokenError::Audience, facts).await;
    let facts = "`project_id` was \"99\", required \"53804090\"";
    app.refuses(&changed(&token(), "project_id", json!("99")), TokenError::Claims, facts).await;
    let facts = "`ref_protected` was \"false\", required \"true\"";
    app.refuses(&changed(&token(), "ref_protected", json!("false")), TokenError::Claims, facts).await;
}
