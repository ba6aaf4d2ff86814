//! The rules of identities, one file each.

/// Calls a macro for tuples of one to eight rules.
macro_rules! for_each_length {
    ($implement:ident) => {
        $implement! { R1 }
        $implement! { R1 R2 }
        $implement! { R1 R2 R3 }
        $implement! { R1 R2 R3 R4 }
        $implement! { R1 R2 R3 R4 R5 }
        $implement! { R1 R2 R3 R4 R5 R6 }
        $implement! { R1 R2 R3 R4 R5 R6 R7 }
        $implement! { R1 R2 R3 R4 R5 R6 R7 R8 }
    };
}

mod all;
mod any;
mod anyone;
mod permission;
mod permission_rule;
mod recent;
mod rule;

pub use self::any::Any;
pub use self::permission_rule::PermissionRule;
pub use self::recent::Recent;
pub use self::rule::Rule;
