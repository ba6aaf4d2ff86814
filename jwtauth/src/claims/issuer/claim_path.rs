use std::fmt;

/// Where a value is in the tokens of a trusted issuer: a claim, or a member of an object in a claim.
///
/// In Rocket.toml, it is the name of a claim (`sub`), or a path with dots (`realm_access.roles`). The whole text is
/// tried as the name of a claim first, because some names contain dots (`https://example.com/roles`). A list of names
/// is always a path: `["realm_access", "roles"]`.
///
/// ```
/// use jwtauth::ClaimPath;
///
/// assert_eq!(ClaimPath::from("realm_access.roles").to_string(), "realm_access.roles");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath {
    /// The name to try first.
    name: Option<String>,
    /// The names from the outside to the inside. Never empty.
    path: Vec<String>,
}

impl ClaimPath {
    /// A path. `None` if it is empty, or has an empty name.
    pub(crate) fn of_parts(path: Vec<String>) -> Option<Self> {
        let is_path = !path.is_empty() && path.iter().all(|name| !name.is_empty());
        is_path.then_some(ClaimPath { name: None, path })
    }

    /// The claim with this name, if the path can be a name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The first name, and those inside of it.
    pub(crate) fn split(&self) -> (&str, &[String]) {
        self.path.split_first().map_or(("", &[]), |(first, inner)| (first, inner))
    }
}

impl From<&str> for ClaimPath {
    fn from(text: &str) -> Self {
        let mut path: Vec<String> = text.split('.').map(str::to_owned).collect();
        // `.name` and `a..b` can only be names.
        if path.iter().any(String::is_empty) {
            path = vec![text.to_owned()];
        }
        ClaimPath { name: Some(text.to_owned()), path }
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => f.write_str(&self.path.join(".")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_path_splits_at_dots_between_names() {
        let parts = |text: &str| {
            let path = ClaimPath::from(text);
            let (first, inner) = path.split();
            [vec![first.to_owned()], inner.to_vec()].concat()
        };
        assert_eq!(parts("sub"), ["sub"]);
        assert_eq!(parts("realm_access.roles"), ["realm_access", "roles"]);
        assert_eq!(parts("a.b.c"), ["a", "b", "c"]);
        for name in [".a", "a.", "a..b", "."] {
            assert_eq!(parts(name), [name]);
        }
        assert_eq!(ClaimPath::of_parts(Vec::new()), None);
        assert_eq!(ClaimPath::of_parts(vec!["a".into(), String::new()]), None);
    }
}
