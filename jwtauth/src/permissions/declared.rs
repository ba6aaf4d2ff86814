/// The permissions of an application: an enum with `#[derive(Permissions)]`.
///
/// ```
/// use jwtauth::{Identity, Permissions};
/// use rocket::get;
///
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("orders:read")]
///     ReadOrders,
///     #[permission("orders:write", implies(ReadOrders))]
///     WriteOrders,
///     #[permission("admin", implies(*))]
///     Admin,
/// }
///
/// #[get("/orders")]
/// fn orders(identity: Identity<(), permission::ReadOrders>) -> String {
///     format!("The orders of {}", identity.userid())
/// }
/// ```
///
/// The guide has a chapter on [permissions](crate::guide::permissions).
///
/// # What it generates
///
/// The derive macro implements this trait, and generates a module with one type for each variant. The types are the
/// rules of an [`Identity`](crate::Identity). The module has the name of the enum in `snake_case`, or that of
/// `#[permissions(module = …)]`, and the types are as visible as the enum. A type has the documentation of its variant,
/// and is `#[deprecated]` if the variant is.
///
/// # Names
///
/// A token contains the names of permissions in the claim `permissions`, or in the claim of
/// `#[permissions(claim = "…")]`. The claim is a list of texts, or one text with spaces between the names, like the
/// claim `scope` of RFC 8693 §4.2. Names that the enum does not have are ignored. A name is a scope-token (RFC 6749
/// §3.3).
///
/// # Permissions that imply others
///
/// A user with a permission also has all permissions that it implies, directly or indirectly. `implies(*)` implies all
/// others. A token contains only the permissions that were [granted](crate::Granted), so a later version of the
/// application can change what they imply.
///
/// # Mistakes
///
/// These do not compile: an enum without variants, with parameters, or with more than 128 variants; a variant with
/// fields or without a name; a name that occurs twice or is not a scope-token; permissions that imply each other.
///
/// ```compile_fail
/// # use jwtauth::Permissions;
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("orders:read", implies(WriteOrders))]
///     ReadOrders,
///     #[permission("orders:write", implies(ReadOrders))]
///     WriteOrders,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of permissions",
    label = "not an enum of permissions",
    note = "write `#[derive(jwtauth::Permissions)]` on it"
)]
pub trait Permissions: Sized + Send + Sync + 'static {
    /// All permissions, in the order of the enum.
    const ALL: &'static [Self];

    /// Their names, in the same order.
    const NAMES: &'static [&'static str];

    /// For each permission, the bits of the permissions that grant it: itself, and all that imply it. The first
    /// permission is the lowest bit.
    const GRANTED_BY: &'static [u128];

    /// The claim of the application's own tokens that contains the names.
    const CLAIM: &'static str;

    /// The index of the permission in the enum.
    fn index(&self) -> usize;

    /// The name of the permission in tokens.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }
}
