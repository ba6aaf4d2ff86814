use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The part of a request's state that concerns cookies: what was read, and what the response is to set.
#[derive(Default)]
pub(crate) struct CookieState {
    /// Whether the token of the request is from a cookie.
    has_token: AtomicBool,
    /// Whether the cookies of this application were looked for.
    looked: AtomicBool,
    /// Whether a cookie has provided an identity.
    identified: AtomicBool,
    is_renewing: AtomicBool,
    changes: OnceLock<Box<Mutex<Changes>>>,
}

/// The cookies that a response is to set. A login takes precedence over a logout, and both over a renewal.
#[derive(Default)]
struct Changes {
    login: Option<Box<NewCookies>>,
    renewal: Option<Box<NewCookies>>,
    logout: bool,
}

/// The values of new cookies.
#[derive(Clone)]
pub(crate) struct NewCookies {
    pub(crate) access: String,
    pub(crate) refresh: NewRefreshCookie,
    /// The remaining time of the login in seconds. `None`: until the browser closes.
    pub(crate) max_age: Option<u64>,
}

/// What the response does to the refresh cookie when it sets the access cookie.
#[derive(Clone)]
pub(crate) enum NewRefreshCookie {
    Set(String),
    /// The browser keeps the one that it has.
    Keep,
    /// The login cannot be renewed.
    Remove,
}

/// What the response does to the cookies of the browser.
pub(crate) enum CookieChange {
    Set(Box<NewCookies>),
    Clear,
}

/// See [`CookieState::renewing`].
pub(crate) struct Renewing<'s>(&'s AtomicBool);

impl Drop for Renewing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl CookieState {
    /// Notes that the response depends on the cookies of this application.
    pub(crate) fn note_look(&self) {
        self.looked.store(true, Ordering::Release);
    }

    /// Whether the response depends on the cookies of this application.
    pub(crate) fn looked(&self) -> bool {
        self.looked.load(Ordering::Acquire)
    }

    /// Notes that the token of the request is from a cookie.
    pub(crate) fn note_token(&self) {
        self.has_token.store(true, Ordering::Release);
    }

    /// Whether the token of the request is from a cookie, once a guard has found it.
    pub(crate) fn has_token(&self) -> bool {
        self.has_token.load(Ordering::Acquire)
    }

    /// Notes that a cookie has provided an identity.
    pub(crate) fn note_identity(&self) {
        self.identified.store(true, Ordering::Release);
    }

    /// Whether a cookie has provided an identity.
    pub(crate) fn has_identified(&self) -> bool {
        self.identified.load(Ordering::Acquire)
    }

    /// Marks the loader of the refresh endpoint as running until the returned value is dropped. `None` if it is already
    /// running: a guard of the loader requires an identity, and would call the loader again without end.
    pub(crate) fn renewing(&self) -> Option<Renewing<'_>> {
        let was_renewing = self.is_renewing.swap(true, Ordering::AcqRel);
        (!was_renewing).then(|| Renewing(&self.is_renewing))
    }

    /// Whether a guard is renewing the login of the request.
    pub(crate) fn is_renewing(&self) -> bool {
        self.is_renewing.load(Ordering::Acquire)
    }

    /// The response sets the cookies of a login.
    pub(crate) fn log_in(&self, cookies: NewCookies) {
        self.changes().login = Some(Box::new(cookies));
    }

    /// The response sets the cookies of a renewed login. If they keep the refresh cookie, it is that of an earlier
    /// renewal during this request.
    pub(crate) fn renew(&self, mut cookies: NewCookies) {
        let renewal = &mut self.changes().renewal;
        if let (NewRefreshCookie::Keep, Some(earlier)) = (&cookies.refresh, renewal.take()) {
            cookies.refresh = earlier.refresh;
        }
        *renewal = Some(Box::new(cookies));
    }

    /// The response removes the cookies.
    pub(crate) fn clear(&self) {
        self.changes().logout = true;
    }

    /// What the response does to the cookies.
    pub(crate) fn take_change(&self) -> Option<CookieChange> {
        // Most requests change nothing.
        self.changes.get()?;
        let Changes { login, renewal, logout } = std::mem::take(&mut *self.changes());
        match (login, logout, renewal) {
            (Some(cookies), ..) | (None, false, Some(cookies)) => Some(CookieChange::Set(cookies)),
            (None, true, _) => Some(CookieChange::Clear),
            (None, false, None) => None,
        }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        let changes = self.changes.get_or_init(Box::default);
        changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(access: &str) -> NewCookies {
        NewCookies { access: access.to_owned(), refresh: NewRefreshCookie::Keep, max_age: None }
    }

    fn change(do_it: impl Fn(&CookieState)) -> Option<String> {
        let state = CookieState::default();
        do_it(&state);
        state.take_change().map(|change| match change {
            CookieChange::Set(cookies) => cookies.access,
            CookieChange::Clear => "cleared".to_owned(),
        })
    }

    #[test]
    fn cookie_change_prefers_login_then_logout_then_renewal() {
        assert_eq!(change(|_| {}), None);
        assert_eq!(change(|state| state.renew(cookies("renewed"))).as_deref(), Some("renewed"));
        let renew_and_clear = |state: &CookieState| {
            state.clear();
            state.renew(cookies("renewed"));
        };
        assert_eq!(change(renew_and_clear).as_deref(), Some("cleared"));
        let all = |state: &CookieState| {
            state.log_in(cookies("first"));
            renew_and_clear(state);
            state.log_in(cookies("last"));
        };
        assert_eq!(change(all).as_deref(), Some("last"));
    }

    #[test]
    fn cookie_change_keeps_refresh_cookie_of_earlier_renewal() {
        let state = CookieState::default();
        state.renew(NewCookies { refresh: NewRefreshCookie::Set("new".to_owned()), ..cookies("renewed") });
        state.renew(cookies("confirmed"));
        let Some(CookieChange::Set(cookies)) = state.take_change() else { panic!("no cookies") };
        assert_eq!(cookies.access, "confirmed");
        assert!(matches!(&cookies.refresh, NewRefreshCookie::Set(token) if token == "new"));
    }

    #[test]
    fn renewing_is_refused_while_it_runs() {
        let state = CookieState::default();
        let first = state.renewing();
        assert!(first.is_some() && state.renewing().is_none() && state.renewing().is_none());
        drop(first);
        assert!(state.renewing().is_some());
    }
}
