use std::future::Future;

use rocket::tokio::task_local;

use crate::claims::SessionId;

/// The facts about a login that an application's loaders and nonce handlers can use.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoginFacts {
    /// `None` without sessions, and for a session that has not begun.
    pub(crate) session_id: Option<SessionId>,
    pub(crate) auth_time: Option<u64>,
    /// The data of the login, as JSON.
    pub(crate) carried: Option<Box<str>>,
}

task_local! {
    static IN_QUESTION: LoginFacts;
}

impl LoginFacts {
    /// Runs code of the application for this login. While it runs, [`LoginFacts::in_question`] returns the login. This
    /// also holds if the code is part of the check that determines the identity of the request.
    pub(crate) fn scope<F: Future>(self, code: F) -> impl Future<Output = F::Output> {
        IN_QUESTION.scope(self, code)
    }

    /// The login that the running code is called for.
    pub(crate) fn in_question() -> Option<LoginFacts> {
        IN_QUESTION.try_with(Clone::clone).ok()
    }
}
