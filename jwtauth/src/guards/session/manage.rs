use super::Session;
use crate::claims::session_id::SessionId;
use crate::error::AuthError;
use crate::jwtauth::JwtAuth;
use crate::session::EndReason;

/// Sessions from outside of them: for operators, for "log out everywhere", for a changed password.
///
/// Users are those of the application itself. Where [other issuers](crate::guide::issuers) are trusted, the user of an
/// [`Identity`](crate::Identity) may be theirs; that of the guard [`Session`] never is.
///
/// The empty text is the id of no user: no session begins with it, so these methods find none and end none. A session
/// that an earlier version began with it is listed and ended like any other, but can't be refreshed.
impl JwtAuth {
    /// The sessions of a user, the last refreshed first. None of them is marked as current;
    /// [`Auth::sessions`](crate::Auth::sessions) does that.
    ///
    /// # Errors
    ///
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is away.
    pub async fn sessions(&self, userid: &str) -> Result<Vec<Session>, AuthError> {
        let keeper = self.keeper().ok_or(AuthError::NoSessions)?;
        let now = self.now();
        let records = keeper.list(userid, now).await?;
        let session = |record| {
            let ends_at = keeper.end_of(&record, now);
            Session::new(record, ends_at)
        };
        Ok(records.into_iter().map(session).collect())
    }

    /// Ends a session of this user; says whether there was one. Somebody else's session is not ended, and looks the
    /// same as one that there is not.
    ///
    /// Its refresh token is refused from now on, its access tokens after `staleness`, on this node at once.
    ///
    /// # Errors
    ///
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is away; then
    /// the session may not have ended.
    pub async fn end_session(&self, id: SessionId, userid: &str) -> Result<bool, AuthError> {
        let keeper = self.keeper().ok_or(AuthError::NoSessions)?;
        let now = self.now();
        // Ids never come twice and users of sessions never change, so nothing can come between these two.
        match keeper.get(id).await? {
            Some(session) if session.userid == userid && !keeper.is_over(&session, now) => {
                Ok(keeper.end(id, now, EndReason::Revoked).await?)
            }
            _ => Ok(false),
        }
    }

    /// Ends all sessions of a user, but the one excepted if one is; says how many. Those that had run out before are
    /// none any more, and not counted.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session); some of the sessions may have ended then.
    pub async fn end_all_sessions(&self, userid: &str, except: Option<SessionId>) -> Result<usize, AuthError> {
        let keeper = self.keeper().ok_or(AuthError::NoSessions)?;
        Ok(keeper.end_all(userid, except, self.now()).await?)
    }

    /// Has the store forget the sessions that ran out more than a day ago; says how many, 0 where they go by themselves.
    ///
    /// A Rocket that the [fairing](JwtAuth::fairing) is attached to does so itself, once an hour. This is for others that
    /// keep sessions, or for a job that is run at a quiet time:
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
    /// [`AuthError::NoSessions`] (404) without sessions, [`AuthError::Unavailable`] (503) if the store is away; some of
    /// them may have been forgotten then.
    pub async fn purge_sessions(&self) -> Result<u64, AuthError> {
        let keeper = self.keeper().ok_or(AuthError::NoSessions)?;
        Ok(keeper.purge(self.now()).await?)
    }
}
