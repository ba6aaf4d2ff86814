use std::any::TypeId;
use std::sync::OnceLock;

use crate::permissions::Permissions;

/// The permissions of a token, once they are read. An application usually has one enum of permissions, and may have
/// several.
#[derive(Default)]
pub(super) struct RememberedPermissions(OnceLock<Box<Remembered>>);

struct Remembered {
    /// The enum.
    kind: TypeId,
    bits: u128,
    of_next_enum: RememberedPermissions,
}

impl RememberedPermissions {
    /// The bits of the permissions. `read` runs once for each enum, or once for each of several requests that ask at
    /// the same time.
    pub(super) fn get<P: Permissions>(&self, read: impl FnOnce() -> u128) -> u128 {
        let kind = TypeId::of::<P>();
        let mut read = Some(read);
        let mut place = self;
        loop {
            let remembered = place.0.get_or_init(|| {
                let bits = read.take().map_or(0, |read| read());
                Box::new(Remembered { kind, bits, of_next_enum: RememberedPermissions::default() })
            });
            if remembered.kind == kind {
                return remembered.bits;
            }
            place = &remembered.of_next_enum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct First;
    struct Second;

    macro_rules! permissions {
        ($($name:ident)*) => {
            $(impl Permissions for $name {
                const ALL: &'static [Self] = &[];
                const NAMES: &'static [&'static str] = &[];
                const GRANTED_BY: &'static [u128] = &[];
                const CLAIM: &'static str = "permissions";

                fn index(&self) -> usize {
                    0
                }
            })*
        };
    }

    permissions! { First Second }

    #[test]
    fn permissions_are_read_once_for_each_enum() {
        let remembered = RememberedPermissions::default();
        for _ in 0..2 {
            assert_eq!(remembered.get::<First>(|| 1), 1);
            assert_eq!(remembered.get::<Second>(|| 2), 2);
        }
        assert_eq!(remembered.get::<First>(|| unreachable!("it is remembered")), 1);
        assert_eq!(remembered.get::<Second>(|| unreachable!("it is remembered")), 2);
    }
}
