use super::declared::Permissions;

/// A type that stands for one permission. `#[derive(Permissions)]` generates one for each variant.
pub trait PermissionMarker: 'static {
    /// The enum of the permission.
    type Permissions: Permissions;

    /// The index of the permission in the enum.
    const INDEX: usize;
}
