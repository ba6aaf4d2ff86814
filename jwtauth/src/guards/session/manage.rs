//! Lists and ends the sessions of any user, by user id.

use super::Session;
use crate::claims::session_id::SessionId;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::session::EndReason;

/// Methods that manage the sessions of any user: for operators, for "log out everywhere", for a changed password.
///
/// The users are those of this application. If [other issuers](crate::guide::issuers) are trusted, an
/// [`Identity`](crate::Identity) may be a user of one of them. The user of the guard [`Session`] is always a user of
/// this application.
///
/// An empty user id is not valid: no session starts with it, so these methods find and end none. A session that an
/// earlier version started with an empty user id is listed and ended like any other, but can't be refreshed.
impl JwtAuth {
    /// The sessions of a user, the last refreshed first. No session is marked as current. To mark it, use
    /// [`Auth::sessions`](crate::Auth::sessions).
    ///
    /// # Errors
    ///
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is unavailable.
    pub async fn sessions(&self, userid: &str) -> Result<Vec<Session>, AuthError> {
        let session_manager = self.session_manager().ok_or(AuthError::NoSessions)?;
        let now = self.now();
        let records = session_manager.list(userid, now).await?;
        let session = |record| {
            let ends_at = session_manager.end_of(&record, now);
            Session::new(record, ends_at)
        };
        Ok(records.into_iter().map(session).collect())
    }

    /// Ends a session of this user. Returns whether there was such a session. A session of another user does not end:
    /// the method returns `false`, as for a session that does not exist.
    ///
    /// The refresh token of the session is refused at once. Its access tokens are refused at once on this node, and
    /// after `staleness` on other nodes.
    ///
    /// # Errors
    ///
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is unavailable.
    /// The session may not have ended then.
    pub async fn end_session(&self, id: SessionId, userid: &str) -> Result<bool, AuthError> {
        let session_manager = self.session_manager().ok_or(AuthError::NoSessions)?;
        let now = self.now();
        // Session ids are never reused and the user of a session never changes, so there is no race between these two
        // calls.
        match session_manager.get(id).await? {
            Some(session) if session.userid == userid && !session_manager.is_over(&session, now) => {
                Ok(session_manager.end(id, now, EndReason::Revoked).await?)
            }
            _ => Ok(false),
        }
    }

    /// Ends all sessions of a user except the session `except`. Returns the number of sessions that ended. Sessions
    /// that had already run out are not counted.
    ///
    /// # Errors
    ///
    /// The errors of [`end_session`](Self::end_session). Some of the sessions may have ended then.
    pub async fn end_all_sessions(&self, userid: &str, except: Option<SessionId>) -> Result<usize, AuthError> {
        let session_manager = self.session_manager().ok_or(AuthError::NoSessions)?;
        Ok(session_manager.end_all(userid, except, self.now()).await?)
    }

    /// Removes the sessions that ran out more than a day ago from the store. Returns the number of removed sessions. It
    /// is 0 for a store that removes them itself.
    ///
    /// A Rocket with the [fairing](JwtAuth::fairing) does this once an hour. Call this method in other programs that
    /// keep sessions, or in a scheduled job:
    ///
    /// ```
    /// # rocket::async_test(async {
    /// # let settings = rocket::figment::util::map!["allow_refresh" => true];
    /// # let figment = rocket::Config::figment().merge(("jwtauth", settings)).merge(("jwtauth.sessions.url", "memory:"));
    /// # let figment = figment.merge(("jwtauth.master_secret", "at least 32 bytes that nobody else has"));
    /// let jwtauth = jwtauth::JwtAuth::from_figment(&figment).await?;
    /// println!("{} sessions are forgotten", jwtauth.purge_sessions().await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is unavailable.
    /// Some of the sessions may have been removed then.
    pub async fn purge_sessions(&self) -> Result<u64, AuthError> {
        let session_manager = self.session_manager().ok_or(AuthError::NoSessions)?;
        Ok(session_manager.purge(self.now()).await?)
    }
}
