use super::error::ConfigFault;
use super::nearest::nearest;
use crate::permissions::DeclaredNames;
use crate::shown;

/// An entry of an issuer's setting `permissions`: a name of the issuer, and the permission that it grants.
#[cfg_attr(not(feature = "issuers"), allow(dead_code))]
pub(crate) struct Grant {
    /// The full name of the setting.
    pub(super) setting: String,
    pub(super) origin: Option<String>,
    pub(super) theirs: String,
    pub(super) permission: String,
}

/// If the application may have other permissions, a name is reported only if it differs from a known one by at most
/// this number of letters.
const TYPO: usize = 2;

const NAME_THE_ENUM: &str = "name its enum with `JwtAuth::fairing().permissions::<…>()`";

impl Grant {
    /// The doubt that the application has no such permission. It then grants nothing. If not all permissions are known,
    /// only a name that is almost a known one is doubtful.
    pub(crate) fn doubt(&self, declared: &DeclaredNames) -> Option<ConfigFault> {
        let known = declared.all();
        if known.is_empty() || known.contains(&&*self.permission) {
            return None;
        }
        let remedy = match nearest(&self.permission, known.iter().copied()) {
            Some((distance, meant)) if declared.is_complete() || distance <= TYPO => {
                format!("did you mean `{meant}`? If not, {NAME_THE_ENUM}")
            }
            _ if !declared.is_complete() => return None,
            _ => format!("the known permissions are {}. If it is correct, {NAME_THE_ENUM}", shown::texts(known)),
        };
        let (theirs, permission) = (shown::text(&self.theirs), shown::text(&self.permission));
        Some(ConfigFault {
            setting: self.setting.clone(),
            problem: format!("maps {theirs} to {permission}, which is not a permission that is known at launch"),
            remedy,
            origin: self.origin.clone(),
        })
    }
}
