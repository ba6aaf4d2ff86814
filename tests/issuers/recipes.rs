//! The recipes of the guide's page on providers, with documents and tokens as the providers make them.

mod auth0;
mod authentik;
mod cognito;
mod entra;
mod firebase;
mod github;
mod gitlab;
mod google;
mod keycloak;
mod kubernetes;
mod okta;
mod page;
mod recipe_app;
mod supabase;
mod zitadel;

/// The headings of the recipes, and how many settings each has. Each is in one of the tests.
const TESTED: [(&str, usize); 14] = [
    ("Entra ID, one tenant", 1),
    ("Entra ID, several tenants", 1),
    ("Auth0", 1),
    ("Okta", 1),
    ("Amazon Cognito", 1),
    ("Keycloak", 1),
    ("Google", 1),
    ("Firebase", 1),
    ("GitHub Actions", 1),
    ("GitLab", 1),
    ("Kubernetes", 1),
    ("Supabase", 2),
    ("Zitadel", 1),
    ("Authentik", 1),
];

#[test]
fn every_recipe_of_the_page_has_a_test() {
    let on_page: Vec<(&str, usize)> = page::headings().map(|name| (name, page::settings(name).len())).collect();
    assert_eq!(on_page, TESTED);
}
