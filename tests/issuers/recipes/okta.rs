use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};

const HOST: &str = "https://shop.okta.com";
const UID: &str = "00uid4BxXw6I6TV4m0g3";

async fn app() -> RecipeApp {
    // Okta's tokens have no `typ`.
    let header = json!({ "kid": "ZkvelLNseik7w4pcprCcfUfh2hFfiwkDeCrs0iUc", "alg": "RS256" });
    RecipeApp::launch("Okta", &[HOST], header, |signer| {
        let more = json!({ "use": "sig", "alg": "RS256" });
        let jwks = json!({ "keys": [key(signer, "ZkvelLNseik7w4pcprCcfUfh2hFfiwkDeCrs0iUc", more)] });
        let document = json!({
            "issuer": format!("{HOST}/oauth2/default"),
            "jwks_uri": format!("{HOST}/oauth2/default/v1/keys"),
        });
        vec![("/oauth2/default/.well-known/openid-configuration", document), ("/oauth2/default/v1/keys", jwks)]
    })
    .await
}

fn access_token() -> Value {
    json!({
        "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": format!("{HOST}/oauth2/default"), "aud": "api://default", "sub": "alice@example.com",
        "iat": NOW, "exp": NOW + 3600, "cid": "0oabskvc6442nkvQO0h7", "uid": UID,
        "scp": ["openid", "orders.write"], "auth_time": NOW - 60,
    })
}

#[async_test]
async fn okta_recipe_accepts_access_token_of_the_custom_server() {
    app().await.accepts(&access_token(), UID, "orders:write").await;
}

#[async_test]
async fn okta_recipe_refuses_other_tokens() {
    let app = app().await;
    let id_token = json!({
        "ver": 1, "jti": "ID.radCQMOQUmyv", "iss": format!("{HOST}/oauth2/default"), "aud": "0oabskvc6442nkvQO0h7",
        "sub": UID, "iat": NOW, "exp": NOW + 3600, "amr": ["pwd"], "idp": "00o1", "auth_time": NOW - 60,
        "at_hash": "fPlsvVszI29LU2Uh",
    });
    let facts = "audience was \"0oabskvc6442nkvQO0h7\", configured \"api://default\"";
    app.refuses(&id_token, TokenError::Audience, facts).await;
    let mut of_org = changed(&access_token(), "iss", json!(HOST));
    of_org["aud"] = HOST.into();
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    app.refuses(&of_org, TokenError::Issuer, facts).await;
    let mut header = app.header.clone();
    header["typ"] = "application/okta-internal-at+jwt".into();
    app.refuses_token(&app.token_with(&header, &of_org), TokenError::Type).await;
    let mut service = changed(&access_token(), "uid", Value::Null);
    service["sub"] = "0oabskvc6442nkvQO0h7".into();
    app.refuses(&service, TokenError::Claims, "its claim `uid` is missing or empty").await;
}
