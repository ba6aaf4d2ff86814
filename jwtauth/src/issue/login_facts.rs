use std::future::Future;

use rocket::tokio::task_local;

use crate::claims::SessionId;

/// What an application's loaders and nonce handlers can learn of a login.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoginFacts {
    /// `None` without sessions, and for a session that has not begun.
    pub(crate) session_id: Option<SessionId>,
    pub(crate) auth_time: Option<u64>,
    /// What the login carries, as JSON.
    pub(crate) carried: Option<Box<str>>,
}

task_local! {
    static IN_QUESTION: LoginFacts;
}

impl LoginFacts {
    /// Runs code of the application that is asked about this login. While it runs, [`LoginFacts::in_question`] returns
    /// it, also if the code is part of the check that a request's own verdict waits for.
    pub(crate) fn scope<F: Future>(self, code: F) -> impl Future<Output = F::Output> {
        IN_QUESTION.scope(self, code)
    }

    /// The login that the running code is asked about.
    pub(crate) fn in_question() -> Option<LoginFacts> {
        IN_QUESTION.try_with(Clone::clone).ok()
    }
}
