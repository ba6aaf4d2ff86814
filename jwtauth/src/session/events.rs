use std::fmt;

use crate::claims::session_id::SessionId;

/// What hears of sessions: for audit logs and alarms. Given to the fairing with
/// [`JwtAuthFairing::session_events`](crate::JwtAuthFairing::session_events).
///
/// Each method is called on the node where it happened, after the store has done it, and before the request is answered:
/// let it be quick, and hand work over to a task. It is called also if the client has hung up by then. One that panics
/// is written to the log, and changes nothing of what it was told. All of them have a default:
/// [`reuse_found`](Self::reuse_found) writes a warning, the others do nothing.
///
/// Nothing is told if a process is killed, or a store fails, after the store has done its work and before its answer is
/// here. Reuse is the exception: the store keeps a trace of it until it has been told. It is told at least once, maybe
/// later and on another node, when a token of the session comes again, and in rare cases more than once.
///
/// A session that runs out, because nobody has refreshed it or `max_lifetime` has come, ends without a word: at
/// that moment nobody looks.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use jwtauth::{EndReason, JwtAuth, SessionEvents, SessionId};
///
/// #[derive(Default)]
/// struct Alarm {
///     stolen: AtomicU64,
/// }
///
/// impl SessionEvents for Alarm {
///     fn ended(&self, _id: SessionId, _userid: &str, why: EndReason) {
///         if why == EndReason::Reuse {
///             self.stolen.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let fairing = JwtAuth::fairing().session_events(Alarm::default());
/// ```
#[allow(unused_variables)]
pub trait SessionEvents: Send + Sync + 'static {
    /// A user has logged in.
    fn began(&self, id: SessionId, userid: &str) {}

    /// A session was refreshed: it has a new refresh token.
    fn refreshed(&self, id: SessionId, userid: &str) {}

    /// A refresh token that had just been spent was presented again within `reuse_grace`, and answered with the same
    /// successor: two tabs, or a lost response. Many of them may be somebody who listens in.
    fn repeated(&self, id: SessionId, userid: &str) {}

    /// A refresh token that was spent long ago was presented: either its owner or whoever presents it has a copy
    /// (RFC 9700 §4.14.2). The session has ended, and [`ended`](Self::ended) is called next.
    ///
    /// Unless it is overridden, this writes a warning with the session and its user to the log.
    fn reuse_found(&self, id: SessionId, userid: &str) {
        // Quoted, so that a user id can't forge lines of the log.
        rocket::warn!("jwtauth: a spent refresh token was presented again; session {id} of user {userid:?} has ended");
    }

    /// A session has ended before its time.
    fn ended(&self, id: SessionId, userid: &str, why: EndReason) {}
}

/// The default: writes reuse to the log, and nothing else.
impl SessionEvents for () {}

/// Why a session ended before its time.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Its user logged out: [`Auth::forget`](crate::Auth::forget).
    Logout,
    /// The user's or the operator's word: [`JwtAuth::end_session`](crate::JwtAuth::end_session),
    /// [`JwtAuth::end_all_sessions`](crate::JwtAuth::end_all_sessions).
    Revoked,
    /// A refresh token was presented that had long been spent.
    Reuse,
    /// The loader or the nonce handler knows no such user any more.
    UserGone,
    /// The user's refresh nonce is another one than at the login.
    NonceChanged,
    /// The user has begun more than `max_per_user`, and this was the least recently refreshed.
    TooMany,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndReason::Logout => "logout",
            EndReason::Revoked => "revoked",
            EndReason::Reuse => "a refresh token was used again",
            EndReason::UserGone => "the user is gone",
            EndReason::NonceChanged => "the refresh nonce has changed",
            EndReason::TooMany => "too many sessions of the user",
        })
    }
}
