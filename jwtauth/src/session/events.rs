use std::fmt;

use crate::claims::session_id::SessionId;

/// A listener for the events of sessions, for audit logs and alarms. Pass it to the fairing with
/// [`JwtAuthFairing::session_events`](crate::JwtAuthFairing::session_events).
///
/// Each method is called on the node that handled the request, after the change in the store and before the response.
/// Keep methods fast, and do longer work in a task. A method is also called if the client has disconnected. A panic in
/// a method is logged, and does not undo the event. All methods have a default: [`reuse_found`](Self::reuse_found) logs
/// a warning, the others do nothing.
///
/// An event is lost if the process is killed or the store fails after the change and before the store's response
/// arrives. Reuse is the exception: the store keeps a trace of it until it is reported. Reuse is reported at least
/// once. The report may come later and on another node, when the next token of the session arrives. In rare cases it is
/// repeated.
///
/// A session that expires, because it was not refreshed or because of `max_lifetime`, causes no event: no code runs at
/// that moment.
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
    /// A user logged in and a session started.
    fn began(&self, id: SessionId, userid: &str) {}

    /// A session was refreshed: it has a new refresh token.
    fn refreshed(&self, id: SessionId, userid: &str) {}

    /// A spent refresh token was presented within `reuse_grace`, and the current tokens were returned again. Two tabs
    /// or a lost response cause this. A large number of these events can mean that the token was copied.
    fn repeated(&self, id: SessionId, userid: &str) {}

    /// A refresh token was presented that its owner no longer uses: two parties have tokens of the session (RFC 9700
    /// §4.14.2). The session has ended, and [`ended`](Self::ended) is called next.
    ///
    /// The default logs a warning with the session and its user.
    fn reuse_found(&self, id: SessionId, userid: &str) {
        // The user id is quoted, so that it can't forge log lines.
        rocket::warn!("jwtauth: a spent refresh token was presented again; session {id} of user {userid:?} has ended");
    }

    /// A session ended before it expired.
    fn ended(&self, id: SessionId, userid: &str, why: EndReason) {}
}

/// The default listener: it only logs reuse.
impl SessionEvents for () {}

/// Why a session ended before it expired.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The user logged out: [`Auth::forget`](crate::Auth::forget).
    Logout,
    /// The application ended it: [`JwtAuth::end_session`](crate::JwtAuth::end_session),
    /// [`JwtAuth::end_all_sessions`](crate::JwtAuth::end_all_sessions).
    Revoked,
    /// A spent refresh token was presented after `reuse_grace`.
    Reuse,
    /// The loader or the nonce handler returned `None`.
    UserGone,
    /// The user's refresh nonce differs from the one at the login.
    NonceChanged,
    /// The user started more than `max_per_user` sessions, and this was the least recently refreshed.
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
