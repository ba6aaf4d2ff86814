//! Lists and ends the user's sessions. The settings decide whether there are sessions.

use jwtauth::{Auth, AuthError, JwtAuth, LoggedOut, Session, SessionId};
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::{Route, delete, get, post, routes};

use crate::error::Error;

pub fn routes() -> Vec<Route> {
    routes![sessions, end, logout, logout_everywhere]
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<Json<Vec<Session>>, Error> {
    Ok(Json(auth.sessions().await?))
}

/// A session of another user is not found, like one that does not exist. The guard `Session` refuses the tokens of
/// trusted issuers, whose users may have the same user ids and have no sessions here.
#[delete("/sessions/<id>")]
async fn end(id: SessionId, session: Session, jwtauth: &JwtAuth) -> Result<Option<NoContent>, Error> {
    let ended = jwtauth.end_session(id, session.userid()).await?;
    Ok(ended.then_some(NoContent))
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

#[post("/logout-everywhere")]
async fn logout_everywhere(session: Session, jwtauth: &JwtAuth) -> Result<NoContent, Error> {
    jwtauth.end_all_sessions(session.userid(), None).await?;
    Ok(NoContent)
}
