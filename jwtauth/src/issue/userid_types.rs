use arc_swap::ArcSwap;

use crate::error::AuthError;

/// What the mounted refresh endpoints accept as user ids. It is filled at ignition, by the sentinels of the endpoints.
#[derive(Default)]
pub(crate) struct UserIdTypes(ArcSwap<Accepted>);

/// No endpoint, or an endpoint that reads the user id itself, leaves every user id open.
#[derive(Clone, Default)]
struct Accepted {
    types: Vec<UserIdType>,
    has_others: bool,
}

/// The type of the first parameter of a refresh endpoint.
#[derive(Clone, Copy)]
pub(crate) struct UserIdType {
    /// As the function's author wrote it.
    pub(crate) name: &'static str,
    /// Whether a value of the type can be made of a user id.
    pub(crate) parses: fn(&str) -> bool,
}

impl UserIdTypes {
    /// A refresh endpoint with this type is mounted.
    pub(crate) fn add(&self, userid: UserIdType) {
        self.0.rcu(|accepted| {
            let mut accepted = Accepted::clone(accepted);
            accepted.types.push(userid);
            accepted
        });
    }

    /// A refresh route written by hand is mounted. Only its code knows which user ids it accepts.
    pub(crate) fn add_other(&self) {
        self.0.rcu(|accepted| Accepted { has_others: true, ..Accepted::clone(accepted) });
    }

    /// Whether a login of this user can be refreshed.
    ///
    /// # Errors
    ///
    /// [`AuthError::WrongUserId`] if there are refresh endpoints, and none of them accepts the user id. An empty user id
    /// has an error of its own, and is not checked here.
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
