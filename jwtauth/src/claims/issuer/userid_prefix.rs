use super::issuer_name::{TENANT, is_tenant};

/// The prefix of the user ids of a trusted issuer, if `userids` is `distinct`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserIdPrefix {
    before: String,
    /// The text after the tenant, if there is one. It does not begin with a character of a tenant.
    after: Option<String>,
}

impl UserIdPrefix {
    /// `None` if the text has a tenant that has no end.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Some((before, after)) = text.split_once(TENANT) else {
            return Some(UserIdPrefix { before: text.to_owned(), after: None });
        };
        let has_end = after.chars().next().is_some_and(|char| !is_tenant(char.encode_utf8(&mut [0; 4])));
        has_end.then(|| UserIdPrefix { before: before.to_owned(), after: Some(after.to_owned()) })
    }

    /// Whether it contains the tenant.
    pub(crate) fn has_tenant(&self) -> bool {
        self.after.is_some()
    }

    /// The user id in this application.
    pub(crate) fn add(&self, tenant: Option<&str>, userid: &str) -> String {
        match &self.after {
            Some(after) => [&*self.before, tenant.unwrap_or_default(), after, userid].concat(),
            None => [&*self.before, userid].concat(),
        }
    }

    /// Whether a user id begins with the prefix, for any tenant.
    pub(crate) fn begins(&self, userid: &str) -> bool {
        let Some(rest) = userid.strip_prefix(&*self.before) else {
            return false;
        };
        match &self.after {
            None => true,
            Some(after) => {
                let tenant_len = rest.find(|char: char| !is_tenant(char.encode_utf8(&mut [0; 4])));
                tenant_len.is_some_and(|len| len > 0 && rest[len..].starts_with(&**after))
            }
        }
    }

    /// Whether a user id could begin with both prefixes.
    pub(crate) fn overlaps(&self, other: &UserIdPrefix) -> bool {
        match (&self.after, &other.after) {
            (None, None) => self.before.starts_with(&*other.before) || other.before.starts_with(&*self.before),
            (Some(_), None) => self.before.starts_with(&*other.before) || self.begins_or_is_cut(&other.before),
            (None, Some(_)) => other.overlaps(self),
            // Two tenants can have any text in common.
            (Some(_), Some(_)) => self.before.starts_with(&*other.before) || other.before.starts_with(&*self.before),
        }
    }

    /// Whether a text begins with the prefix for some tenant, or is the beginning of it.
    fn begins_or_is_cut(&self, text: &str) -> bool {
        if self.begins(text) {
            return true;
        }
        let (Some(rest), Some(after)) = (text.strip_prefix(&*self.before), &self.after) else {
            return false;
        };
        match rest.find(|char: char| !is_tenant(char.encode_utf8(&mut [0; 4]))) {
            None => true,
            Some(len) => len > 0 && after.starts_with(&rest[len..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> UserIdPrefix {
        UserIdPrefix::parse(text).expect("a prefix")
    }

    #[test]
    fn userid_prefix_needs_an_end_after_the_tenant() {
        for text in ["{tenantid}", "a:{tenantid}b", "a:{tenantid}-"] {
            assert_eq!(UserIdPrefix::parse(text), None, "{text}");
        }
        assert_eq!(prefix("a:{tenantid}:").add(Some("t"), "alice"), "a:t:alice");
        assert_eq!(prefix("a:").add(None, "alice"), "a:alice");
    }

    #[test]
    fn userid_prefix_begins_its_own_userids_only() {
        let tenants = prefix("a:{tenantid}:");
        assert!(tenants.begins("a:t-1:alice") && tenants.begins("a:t:"));
        for other in ["a:", "a::alice", "a:t", "a:t/alice", "b:t:alice", "alice"] {
            assert!(!tenants.begins(other), "{other}");
        }
    }

    #[test]
    fn userid_prefixes_overlap_if_one_userid_can_have_both() {
        for (one, other, overlaps) in [
            ("a:", "a:", true),
            ("a:", "a:b:", true),
            ("a:", "b:", false),
            ("a#", "a/b#", false),
            ("a:{tenantid}:", "a:", true),
            ("a:{tenantid}:", "a:t:", true),
            ("a:{tenantid}:", "a:t", true),
            ("a:{tenantid}:", "a:t/", false),
            ("a:{tenantid}:", "a:t:x:", true),
            ("a:{tenantid}/v2#", "a:t/v", true),
            ("a:{tenantid}/v2#", "a:t/v1#", false),
            ("a:{tenantid}:", "a:{tenantid}/", true),
            ("a:{tenantid}:", "b:{tenantid}:", false),
        ] {
            assert_eq!(prefix(one).overlaps(&prefix(other)), overlaps, "{one} {other}");
            assert_eq!(prefix(other).overlaps(&prefix(one)), overlaps, "{other} {one}");
        }
    }
}
