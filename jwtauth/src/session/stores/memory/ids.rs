use std::collections::HashSet;

use crate::claims::session_id::SessionId;

/// The session ids of a user. Most users have one session.
pub(super) enum Ids {
    One(SessionId),
    #[expect(clippy::box_collection, reason = "a pointer, so that the usual case stays small")]
    Several(Box<Vec<SessionId>>),
}

impl Ids {
    pub(super) fn as_slice(&self) -> &[SessionId] {
        match self {
            Ids::One(id) => std::slice::from_ref(id),
            Ids::Several(ids) => ids,
        }
    }

    pub(super) fn push(&mut self, id: SessionId) {
        match self {
            Ids::One(first) => *self = Ids::Several(Box::new(vec![*first, id])),
            Ids::Several(ids) => ids.push(id),
        }
    }

    /// Whether no ids are left.
    pub(super) fn remove(&mut self, id: SessionId) -> bool {
        match self {
            Ids::One(only) => *only == id,
            Ids::Several(ids) => {
                ids.retain(|other| *other != id);
                ids.is_empty()
            }
        }
    }

    /// The same as [`remove`](Self::remove), for many ids in one pass.
    pub(super) fn remove_all(&mut self, gone: &HashSet<SessionId>) -> bool {
        match self {
            Ids::One(only) => gone.contains(only),
            Ids::Several(ids) => {
                ids.retain(|id| !gone.contains(id));
                ids.is_empty()
            }
        }
    }
}
