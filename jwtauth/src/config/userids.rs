use super::names::USERIDS;
use super::settings::Settings;

/// Whether user ids of different issuers are those of different people: the setting `userids`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIds {
    /// `distinct`: the user ids of each trusted issuer have a prefix, so that they differ from those of the application
    /// and of every other issuer.
    Distinct,
    /// `shared`: the same user id is the same person, whatever the issuer is. Every trusted issuer can name every user.
    Shared,
}

/// Where the users come from.
#[cfg_attr(not(feature = "issuers"), allow(dead_code))]
#[derive(Clone, Copy)]
pub(super) struct Users {
    /// The setting.
    pub(super) userids: Option<UserIds>,
    /// Whether the application has keys, and therefore users of its own.
    pub(super) has_own: bool,
}

/// Reads the setting.
pub(super) fn read(settings: &mut Settings<'_>) -> Option<UserIds> {
    let setting = settings.text(USERIDS)?;
    match &*setting.value {
        "distinct" => Some(UserIds::Distinct),
        "shared" => Some(UserIds::Shared),
        _ => {
            let problem = "is neither `distinct` nor `shared`";
            settings.fault(
                USERIDS,
                Some(&setting.origin),
                problem,
                "write `distinct`, or `shared` if all issuers name the same people",
            );
            None
        }
    }
}
