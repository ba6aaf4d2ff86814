use super::claim_path::ClaimPath;
use super::issuer_name::IssuerName;
use super::permissions_claim::PermissionsClaim;
use super::requirement::Requirement;
use super::userid_prefix::UserIdPrefix;

/// The rules for the tokens of one trusted issuer, beyond those of every token.
#[derive(Clone, Debug)]
pub(crate) struct IssuerRules {
    pub(crate) name: IssuerName,
    /// The tenants whose tokens are accepted. `None`: all tenants.
    pub(crate) tenants: Option<Vec<String>>,
    /// The claim that holds the audience.
    pub(crate) audience_claim: String,
    pub(crate) require: Vec<Requirement>,
    /// The claim that holds the user id.
    pub(crate) userid: ClaimPath,
    /// `None` if its user ids are those of the application.
    pub(crate) userid_prefix: Option<UserIdPrefix>,
    /// `None` if its tokens grant nothing.
    pub(crate) permissions: Option<PermissionsClaim>,
}

impl IssuerRules {
    /// Whether the tokens of a tenant are accepted.
    pub(crate) fn accepts(&self, tenant: &str) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.iter().any(|accepted| accepted == tenant))
    }
}
