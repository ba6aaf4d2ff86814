/// A field of a claims type whose type is named `Granted`.
pub struct PermissionsField {
    /// Whether it is a set of permissions.
    pub is_set: bool,
    /// The claim.
    pub name: &'static str,
    /// Other claims that the field is read from.
    pub aliases: &'static [&'static str],
}

impl PermissionsField {
    /// Whether a claim is read into this set of permissions.
    pub(crate) fn reads(&self, claim: &str) -> bool {
        self.is_set && (self.name == claim || self.aliases.contains(&claim))
    }
}
