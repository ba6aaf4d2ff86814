use jwtauth::TokenError;
use jwtauth_tests::NOW;
use rocket::async_test;
use serde_json::{Value, json};

use super::recipe_app::{RecipeApp, changed, key};
use crate::signer::Signer;

const HOST: &str = "https://login.microsoftonline.com";
const TENANT: &str = "6f1c2f4e-8f0b-4f2e-9d53-0f7a1c5b2e10";
const OTHER_TENANT: &str = "c0a8d7e2-41b6-4c3d-8a5e-9b2f7d6e1c34";
const API: &str = "3b9a1f5c-77c1-4a86-b0d5-52e1f6a0c9d4";
const CLIENT: &str = "e1d2c3b4-a596-4877-8695-a4b3c2d1e0f9";
const OID: &str = "0b5e7a39-2c4d-4e6f-8a1b-3c5d7e9f1a2b";

/// Microsoft publishes keys without `alg`, each with a certificate and with an issuer. The second key of the set is for
/// another tenant.
async fn app(recipe: &str, discovery: &'static str, issuer: &str, other: &Signer) -> RecipeApp {
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg" });
    RecipeApp::launch(recipe, &[HOST], header, |signer| {
        let publish = |signer: &Signer, kid: &str, issuer: &str| {
            let more = json!({
                "use": "sig",
                "x5t": kid,
                "x5c": ["MIIC"],
                "cloud_instance_name": "microsoftonline.com",
                "issuer": format!("{HOST}/{issuer}/v2.0"),
            });
            key(signer, kid, more)
        };
        let keys = [publish(signer, "nOo3ZDrODXEK1jKWhXslHR_KXEg", issuer), publish(other, "of-another", OTHER_TENANT)];
        let jwks = json!({ "keys": keys });
        let document = json!({
            "issuer": format!("{HOST}/{issuer}/v2.0"),
            "jwks_uri": format!("{HOST}/common/discovery/v2.0/keys"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": null,
            "cloud_instance_name": "microsoftonline.com",
        });
        vec![(discovery, document), ("/common/discovery/v2.0/keys", jwks)]
    })
    .await
}

async fn one_tenant() -> RecipeApp {
    let discovery = "/6f1c2f4e-8f0b-4f2e-9d53-0f7a1c5b2e10/v2.0/.well-known/openid-configuration";
    app("Entra ID, one tenant", discovery, TENANT, &Signer::new()).await
}

async fn several_tenants(other: &Signer) -> RecipeApp {
    let discovery = "/organizations/v2.0/.well-known/openid-configuration";
    app("Entra ID, several tenants", discovery, "{tenantid}", other).await
}

fn access_token(tenant: &str) -> Value {
    json!({
        "aud": API, "iss": format!("{HOST}/{tenant}/v2.0"), "iat": NOW, "nbf": NOW, "exp": NOW + 4500,
        "aio": "AZQAa/8XAAAA", "azp": CLIENT, "azpacr": "0", "name": "Alice", "oid": OID,
        "preferred_username": "alice@example.com", "rh": "1.AXkA", "scp": "Orders.Read openid",
        "sub": "Kz3hb4oXnZ7", "tid": tenant, "uti": "x8Hq", "ver": "2.0",
    })
}

fn id_token(tenant: &str, audience: &str) -> Value {
    json!({
        "aud": audience, "iss": format!("{HOST}/{tenant}/v2.0"), "iat": NOW, "nbf": NOW, "exp": NOW + 3900,
        "name": "Alice", "nonce": "678910", "oid": OID, "preferred_username": "alice@example.com",
        "sub": "Yk9uQ2r", "tid": tenant, "uti": "x8Hq", "ver": "2.0",
    })
}

#[async_test]
async fn entra_recipe_accepts_access_token_of_the_tenant() {
    let app = one_tenant().await;
    app.accepts(&access_token(TENANT), OID, "orders:read").await;
    // The token of a service has roles and no scope.
    let service = changed(&access_token(TENANT), "scp", Value::Null);
    app.accepts(&changed(&service, "roles", json!(["Orders.Write"])), OID, "").await;
    app.accepts(&id_token(TENANT, API), OID, "").await;
}

#[async_test]
async fn entra_recipe_refuses_other_tokens_of_microsoft() {
    let app = one_tenant().await;
    let facts = format!("audience was \"{CLIENT}\", configured \"{API}\"");
    app.refuses(&id_token(TENANT, CLIENT), TokenError::Audience, &facts).await;
    let facts = format!("audience was \"{OTHER_TENANT}\", configured \"{API}\"");
    app.refuses(&changed(&access_token(TENANT), "aud", json!(OTHER_TENANT)), TokenError::Audience, &facts).await;
    let unlisted = "the application has no key of its own, and the token is of no trusted issuer";
    app.refuses(&access_token(OTHER_TENANT), TokenError::Issuer, unlisted).await;
    let old = changed(&access_token(TENANT), "iss", json!(format!("https://sts.windows.net/{TENANT}/")));
    app.refuses(&old, TokenError::Issuer, unlisted).await;
}

#[async_test]
async fn entra_recipe_accepts_listed_tenants() {
    let app = several_tenants(&Signer::new()).await;
    for tenant in [TENANT, OTHER_TENANT] {
        let claims = changed(&access_token(tenant), "roles", json!(["Orders.Clerk"]));
        app.accepts(&claims, &format!("entra:{tenant}:{OID}"), "orders:write").await;
    }
}

#[async_test]
async fn entra_recipe_refuses_unlisted_tenants() {
    let other = Signer::new();
    let app = several_tenants(&other).await;
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let facts = format!("the tenant was `{personal}`, which is not in `tenants`");
    app.refuses(&access_token(personal), TokenError::Issuer, &facts).await;
    let facts = format!("`tid` was \"{OTHER_TENANT}\", but the issuer is that of the tenant `{TENANT}`");
    app.refuses(&changed(&access_token(TENANT), "tid", json!(OTHER_TENANT)), TokenError::Issuer, &facts).await;
    let facts = format!("audience was \"{CLIENT}\", configured \"{API}\"");
    app.refuses(&id_token(TENANT, CLIENT), TokenError::Audience, &facts).await;
    let header = json!({ "typ": "JWT", "alg": "ES256", "kid": "of-another" });
    let sign = |tenant: &str| other.sign_text(&header, &app.here(&access_token(tenant).to_string()));
    app.refuses_token(&sign(TENANT), TokenError::Signature).await;
    app.accepts_token(&sign(OTHER_TENANT), &format!("entra:{OTHER_TENANT}:{OID}"), "").await;
}
