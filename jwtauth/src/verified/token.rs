use std::any::Any;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroize;

use super::remembered_permissions::RememberedPermissions;
use crate::claims::policy::Policy;
use crate::claims::{Claims, Read, Registered};
use crate::permissions::PermissionsField;

/// A verified token with its registered claims and the application's claims.
pub(crate) struct Verified<C> {
    texts: Texts,
    pub(crate) registered: Registered,
    /// The rules for tokens of its issuer.
    policy: Arc<Policy>,
    /// When the key that made the signature is retired.
    retire_at: Option<u64>,
    pub(super) permissions: RememberedPermissions,
    /// The sets of permissions in the application's claims.
    pub(super) permissions_claims: &'static [PermissionsField],
    pub(crate) claims: C,
}

/// The token, followed by the user id, the `iss` of a tenant, and what the login carries, in one allocation.
struct Texts {
    all: Box<str>,
    /// Where the token ends.
    token: u32,
    /// Where the user id ends.
    userid: u32,
    /// Where the `iss` ends.
    iss: u32,
    /// Whether to wipe the texts when they are dropped, because they may be kept for long.
    wipe: bool,
}

impl<C: Claims> Verified<C> {
    /// `wipe` is set for a token that may be cached.
    pub(crate) fn new(
        token: &str,
        policy: &Arc<Policy>,
        retire_at: Option<u64>,
        read: Read<'_, C>,
        wipe: bool,
    ) -> Self {
        let iss = read.texts.iss.as_deref().unwrap_or_default();
        let texts = Texts::new([token, read.userid(), iss, read.texts.carried.unwrap_or_default()], wipe);
        Verified {
            texts,
            registered: read.registered,
            policy: Arc::clone(policy),
            retire_at,
            permissions: RememberedPermissions::default(),
            permissions_claims: C::permissions_claims(),
            claims: read.claims,
        }
    }

    /// The same token with its claims read as another type.
    pub(crate) fn again(verified: &dyn AnyVerified, read: Read<'_, C>, wipe: bool) -> Self {
        Verified::new(verified.token(), verified.policy(), verified.retire_at(), read, wipe)
    }
}

impl<C> Verified<C> {
    pub(crate) fn token(&self) -> &str {
        self.texts.part(0, self.texts.token)
    }

    pub(crate) fn userid(&self) -> &str {
        self.texts.part(self.texts.token, self.texts.userid)
    }

    /// What the login carries, as JSON.
    pub(crate) fn carried(&self) -> Option<&str> {
        let carried = self.texts.all.get(self.texts.iss as usize..);
        carried.filter(|text| !text.is_empty())
    }

    /// The issuer of the token: the one in the settings, or that of the tenant.
    pub(crate) fn issuer(&self) -> Option<&str> {
        match self.texts.part(self.texts.userid, self.texts.iss) {
            "" => self.policy.issuer.as_deref(),
            iss => Some(iss),
        }
    }

    /// The length of the token, the user id and what the login carries, in bytes.
    pub(crate) fn texts_len(&self) -> usize {
        self.texts.all.len()
    }

    pub(crate) fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Whether the key that made the signature is retired.
    pub(crate) fn is_retired(&self, now: u64) -> bool {
        self.retire_at.is_some_and(|end| now >= end)
    }
}

impl Texts {
    fn new([token, userid, iss, carried]: [&str; 4], wipe: bool) -> Self {
        let all = [token, userid, iss, carried].concat();
        // A token has at most 16 KiB.
        let end = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let userid = token.len() + userid.len();
        Texts { all: all.into(), token: end(token.len()), userid: end(userid), iss: end(userid + iss.len()), wipe }
    }

    fn part(&self, start: u32, end: u32) -> &str {
        self.all.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        if self.wipe {
            self.all.zeroize();
        }
    }
}

/// A verified token with claims of any type.
pub(crate) trait AnyVerified: Any + Send + Sync {
    fn token(&self) -> &str;
    fn userid(&self) -> &str;
    fn registered(&self) -> &Registered;
    fn policy(&self) -> &Arc<Policy>;
    fn retire_at(&self) -> Option<u64>;
}

/// Casts the token to the type `C`. Returns `None` if its claims were read as another type.
pub(crate) fn downcast<C: Claims>(verified: Arc<dyn AnyVerified>) -> Option<Arc<Verified<C>>> {
    let any: Arc<dyn Any + Send + Sync> = verified;
    any.downcast().ok()
}

impl<C: Claims> AnyVerified for Verified<C> {
    fn token(&self) -> &str {
        Verified::token(self)
    }

    fn userid(&self) -> &str {
        Verified::userid(self)
    }

    fn registered(&self) -> &Registered {
        &self.registered
    }

    fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    fn retire_at(&self) -> Option<u64> {
        self.retire_at
    }
}

/// Shows only the user id.
impl<C> fmt::Debug for Verified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("userid", &self.userid()).finish_non_exhaustive()
    }
}
