use std::fmt;

/// The placeholder for the tenant in an issuer's name.
pub(crate) const TENANT: &str = "{tenantid}";

/// The `iss` of a trusted issuer's tokens: one text, or one for each tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IssuerName {
    Exact(String),
    /// The text before and after the tenant.
    Template {
        before: String,
        after: String,
    },
}

impl IssuerName {
    /// Whether there is one text for each tenant.
    pub(crate) fn is_template(&self) -> bool {
        matches!(self, IssuerName::Template { .. })
    }

    /// The tenant in an `iss`, if this is a template and the `iss` has its form.
    pub(crate) fn tenant<'i>(&self, iss: &'i str) -> Option<&'i str> {
        match self {
            IssuerName::Exact(_) => None,
            IssuerName::Template { before, after } => {
                iss.strip_prefix(&**before)?.strip_suffix(&**after).filter(|tenant| is_tenant(tenant))
            }
        }
    }

    /// Whether an `iss` has this form, whatever its tenant is.
    pub(crate) fn matches(&self, iss: &str) -> bool {
        match self {
            IssuerName::Exact(name) => name == iss,
            IssuerName::Template { .. } => self.tenant(iss).is_some(),
        }
    }

    /// Whether two templates have a text in common. A single name takes precedence over a template.
    pub(crate) fn overlaps(&self, other: &IssuerName) -> bool {
        let (IssuerName::Template { before: a, after: z }, IssuerName::Template { before: b, after: y }) =
            (self, other)
        else {
            return false;
        };
        // A tenant of one template can contain the end of the other's text before it, and the start of that after it.
        let before = a.strip_prefix(&**b).or_else(|| b.strip_prefix(&**a));
        let after = z.strip_suffix(&**y).or_else(|| y.strip_suffix(&**z));
        [before, after].into_iter().all(|rest| rest.is_some_and(|rest| rest.is_empty() || is_tenant(rest)))
    }
}

/// Whether a text can be a tenant. A tenant has no character that ends it in a URL or in a user id.
pub(crate) fn is_tenant(text: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_safe)
}

impl From<&str> for IssuerName {
    fn from(text: &str) -> Self {
        match text.split_once(TENANT) {
            Some((before, after)) => IssuerName::Template { before: before.to_owned(), after: after.to_owned() },
            None => IssuerName::Exact(text.to_owned()),
        }
    }
}

impl fmt::Display for IssuerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IssuerName::Exact(name) => f.write_str(name),
            IssuerName::Template { before, after } => write!(f, "{before}{TENANT}{after}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_names_overlap_if_one_text_can_have_both_forms() {
        for (one, other, overlap) in [
            ("https://x/{tenantid}/", "https://x/x-{tenantid}/", true),
            ("https://x/{tenantid}/", "https://x/{tenantid}/v2.0", false),
            ("https://x/{tenantid}/", "https://y/{tenantid}/", false),
            ("https://x/{tenantid}/v2.0", "https://x/a/{tenantid}/v2.0", false),
            ("https://x/{tenantid}/", "https://x/a/", false),
        ] {
            let (a, b) = (IssuerName::from(one), IssuerName::from(other));
            assert_eq!((a.overlaps(&b), b.overlaps(&a)), (overlap, overlap), "{one} {other}");
        }
    }

    #[test]
    fn issuer_name_finds_the_tenant() {
        let name = IssuerName::from("https://login.example.com/{tenantid}/v2.0");
        assert_eq!(name.to_string(), "https://login.example.com/{tenantid}/v2.0");
        assert_eq!(name.tenant("https://login.example.com/9a-F_1.x/v2.0"), Some("9a-F_1.x"));
        for other in [
            "https://login.example.com//v2.0",
            "https://login.example.com/v2.0",
            "https://login.example.com/a/b/v2.0",
            "https://login.example.com/{tenantid}/v2.0",
            "https://login.example.com/a/v2.0/",
            "https://login.example.com/a?b/v2.0",
            "http://login.example.com/a/v2.0",
            "",
        ] {
            assert!(!name.matches(other), "{other}");
        }
        let exact = IssuerName::from("https://id.example.com");
        assert!(exact.matches("https://id.example.com") && !exact.matches("https://id.example.com/"));
        assert_eq!(exact.tenant("https://id.example.com"), None);
    }
}
