//! All that is an enum of permissions.

#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms, missing_debug_implementations, missing_copy_implementations)]

use jwtauth::{Any, Anyone, Claims, Granted, Identity, Permissions, Recent, Rule};
use serde::{Deserialize, Serialize};

/// Documented.
#[derive(Debug, Clone, Copy, Permissions)]
pub(crate) enum Permission {
    /// Documented.
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write", implies(ReadOrders,),)]
    WriteOrders,
    #[deprecated]
    #[permission("orders:delete", implies(WriteOrders, Self_))]
    DeleteOrders = 7,
    #[permission("!#[]~")]
    Self_,
    #[cfg(any())]
    #[permission("orders:read")]
    NotThere,
    #[permission("admin", implies(*))]
    Admin,
}

#[derive(Debug, Clone, Copy, Permissions)]
#[permissions(module = scopes, claim = "scope")]
enum Scope {
    #[permission("one")]
    Clone,
    #[permission("two")]
    Debug,
    #[permission("three")]
    Copy,
    #[permission("four")]
    Option,
    #[permission("five")]
    String,
    #[permission("six")]
    Some,
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    scopes: Option<jwtauth::Granted<Scope>>,
}

/// With parameters, the compiler cannot check the name of a field.
#[derive(Serialize, Deserialize, Claims)]
#[serde(bound = "P: Permissions")]
struct Generic<P> {
    anything: Granted<P>,
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(tag = "kind")]
enum Kinds {
    One { permissions: Granted<Permission> },
    Other { scope: Granted<Scope> },
}

mod inner {
    use jwtauth::Permissions;

    #[derive(Debug, Permissions)]
    pub(super) enum ForParent {
        #[permission("a")]
        A,
    }

    #[derive(Debug, Permissions)]
    pub(in super::inner) enum ForSelf {
        #[permission("a")]
        A,
    }

    #[derive(Debug, Permissions)]
    #[allow(unreachable_pub)]
    pub enum ForAll {
        #[permission("a")]
        A,
    }

    pub(crate) fn names() -> (&'static [&'static str], usize) {
        (ForSelf::NAMES, std::mem::size_of::<for_self::A>() + ForSelf::A.index())
    }
}

fn rule<C: Claims, R: Rule<C>>() {}

fn main() {
    #[derive(Debug, Permissions)]
    enum Local {
        #[permission("a")]
        A,
    }

    rule::<(), local::A>();
    rule::<(), scopes::Clone>();
    rule::<Profile, permission::ReadOrders>();
    rule::<Profile, (permission::Admin, inner::for_parent::A)>();
    rule::<(), (inner::for_all::A, Recent<300>, Any<(Anyone, permission::WriteOrders)>)>();
    let _: fn(Identity<Profile, permission::Admin>) -> Identity<Profile> = Identity::without_rule;
    let _ = (Local::A.name(), inner::names(), inner::ForParent::A, inner::ForAll::A);
    let _ = [Scope::Clone, Scope::Debug, Scope::Copy, Scope::Option, Scope::String, Scope::Some];
    let _ = [Permission::ReadOrders, Permission::WriteOrders, Permission::Self_, Permission::Admin];
    let _ = Generic::<Permission> { anything: Granted::new() };
    let _ = [Kinds::One { permissions: Granted::new() }, Kinds::Other { scope: Granted::new() }];
    let _ = Profile { permissions: Granted::new(), scopes: None };
}
