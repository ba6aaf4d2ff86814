use arc_swap::ArcSwap;

use crate::error::AuthError;

/// The user ids that the mounted refresh endpoints accept. The sentinels of the endpoints register them at ignition.
#[derive(Default)]
pub(crate) struct UserIdTypes(ArcSwap<Accepted>);

/// Without endpoints, or with an endpoint that reads the user id itself, every user id is accepted.
#[derive(Clone, Default)]
struct Accepted {
    types: Vec<UserIdType>,
    has_others: bool,
}

/// The type of the first parameter of a refresh endpoint.
#[derive(Clone, Copy)]
pub(crate) struct UserIdType {
    /// The name as written in the source code.
    pub(crate) name: &'static str,
    /// Whether a user id parses as this type.
    pub(crate) parses: fn(&str) -> bool,
}

impl UserIdTypes {
    /// Registers a mounted refresh endpoint with this type.
    pub(crate) fn add(&self, userid: UserIdType) {
        self.0.rcu(|accepted| {
            let mut accepted = Accepted::clone(accepted);
            accepted.types.push(userid);
            accepted
        });
    }

    /// Registers a mounted refresh route that is written by hand. The user ids that it accepts are unknown.
    pub(crate) fn add_other(&self) {
        self.0.rcu(|accepted| Accepted { has_others: true, ..Accepted::clone(accepted) });
    }

    /// Whether a login of this user can be refreshed.
    ///
    /// # Errors
    ///
    /// [`AuthError::WrongUserId`] if there are refresh endpoints, and all of them refuse the user id. An empty user id
    /// has its own error, and is not checked here.
    pub(crate) fn check(&self, userid: &str) -> Result<(), AuthError> {
        let accepted = self.0.load();
        let Accepted { types, has_others } = &**accepted;
        let is_open = types.is_empty() || *has_others || userid.is_empty();
        if is_open || types.iter().any(|userid_type| (userid_type.parses)(userid)) {
            return Ok(());
        }
        let mut names: Vec<&str> = types.iter().map(|userid_type| userid_type.name).collect();
        names.sort_unstable();
        names.dedup();
        Err(AuthError::WrongUserId { userid: userid.to_owned(), types: names.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: UserIdType = UserIdType { name: "i64", parses: |userid| userid.parse::<i64>().is_ok() };
    const LETTER: UserIdType = UserIdType { name: "char", parses: |userid| userid.parse::<char>().is_ok() };

    #[test]
    fn userid_types_accept_userid_of_one_of_them() {
        let types = UserIdTypes::default();
        assert_eq!(types.check("alice"), Ok(()));
        types.add(NUMBER);
        types.add(LETTER);
        for userid in ["7", "a", ""] {
            assert_eq!(types.check(userid), Ok(()), "{userid:?}");
        }
        let error = AuthError::WrongUserId { userid: "alice".into(), types: "char, i64".into() };
        assert_eq!(types.check("alice"), Err(error));
        types.add_other();
        assert_eq!(types.check("alice"), Ok(()));
    }
}
