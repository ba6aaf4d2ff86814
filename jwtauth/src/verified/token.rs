use std::any::Any;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::claims::policy::Policy;
use crate::claims::{Claims, Read, Registered};

/// A token that has been verified, and the application's claims in it.
pub(crate) struct Verified<C> {
    texts: Texts,
    pub(crate) registered: Registered,
    /// The rules of who issued it.
    policy: Arc<Policy>,
    /// When the key is retired that made the signature.
    retire_at: Option<u64>,
    pub(crate) claims: C,
}

/// The token, after it the user id, and after that what the login carries: one allocation for all.
struct Texts {
    all: Box<str>,
    /// Where the token ends.
    token: usize,
    /// Where the user id ends.
    userid: usize,
    /// Whether they are kept for long, and nothing is to be left of them after that.
    wipe: bool,
}

impl<C> Verified<C> {
    /// `wipe`: it may be remembered.
    pub(crate) fn new(
        token: &str,
        policy: &Arc<Policy>,
        retire_at: Option<u64>,
        read: Read<'_, C>,
        wipe: bool,
    ) -> Self {
        let texts = Texts::new([token, read.userid(), read.texts.carried.unwrap_or_default()], wipe);
        Verified { texts, registered: read.registered, policy: Arc::clone(policy), retire_at, claims: read.claims }
    }

    /// The same token, read as another type.
    pub(crate) fn again(verified: &dyn AnyVerified, read: Read<'_, C>, wipe: bool) -> Self {
        Verified::new(verified.token(), verified.policy(), verified.retire_at(), read, wipe)
    }

    pub(crate) fn token(&self) -> &str {
        self.texts.all.get(..self.texts.token).unwrap_or_default()
    }

    pub(crate) fn userid(&self) -> &str {
        self.texts.all.get(self.texts.token..self.texts.userid).unwrap_or_default()
    }

    /// What the login carries, as JSON.
    pub(crate) fn carried(&self) -> Option<&str> {
        self.texts.all.get(self.texts.userid..).filter(|text| !text.is_empty())
    }

    /// How many bytes the token, the user id and what the login carries have.
    pub(crate) fn texts_len(&self) -> usize {
        self.texts.all.len()
    }

    pub(crate) fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Whether the key is at its end that made the signature.
    pub(crate) fn is_retired(&self, now: u64) -> bool {
        self.retire_at.is_some_and(|end| now >= end)
    }
}

impl Texts {
    fn new([token, userid, carried]: [&str; 3], wipe: bool) -> Self {
        let all = [token, userid, carried].concat();
        Texts { all: all.into(), token: token.len(), userid: token.len() + userid.len(), wipe }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        if self.wipe {
            self.all.zeroize();
        }
    }
}

/// A verified token, whatever claims type it was asked for with.
pub(crate) trait AnyVerified: Any + Send + Sync {
    fn token(&self) -> &str;
    fn registered(&self) -> &Registered;
    fn policy(&self) -> &Arc<Policy>;
    fn retire_at(&self) -> Option<u64>;
}

/// The token as this type, if its claims were read as this type.
pub(crate) fn downcast<C: Claims>(verified: Arc<dyn AnyVerified>) -> Option<Arc<Verified<C>>> {
    let any: Arc<dyn Any + Send + Sync> = verified;
    any.downcast().ok()
}

impl<C: Claims> AnyVerified for Verified<C> {
    fn token(&self) -> &str {
        Verified::token(self)
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

/// Shows the user id, and nothing else of the token.
impl<C> fmt::Debug for Verified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("userid", &self.userid()).finish_non_exhaustive()
    }
}
