/// The tenants of an issuer whose tokens are accepted: the setting `tenants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    /// All tenants: `"any"`. The users of every tenant are accepted, so check [`issuer`](crate::Identity::issuer) or
    /// require something of them.
    Any,
    /// The tenants with these values of `tid`.
    Listed(Vec<String>),
}
