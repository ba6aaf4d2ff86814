use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::Serialize;

use super::new_login::{IssueTokens, NewLogin};
use super::progress::Progress;
use super::tokens::Tokens;
use crate::claims::carried;
use crate::error::AuthError;

/// A login whose tokens are to be issued. [`Auth::remember`](crate::Auth::remember) and
/// [`JwtAuth::issue`](crate::JwtAuth::issue) return it.
///
/// It is a future. Nothing is issued before it is awaited. Without sessions, a nonce handler and RSA there is nothing to
/// wait for. Then the first poll returns the tokens.
///
/// ```
/// # use jwtauth::JwtAuth;
/// use jwtauth::{AuthError, Tokens};
///
/// async fn token_for_backups(jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
///     jwtauth.issue("backup", ()).await
/// }
/// ```
// This is a named type because the compiler reports a wrong claims type of an `async fn` three times: at the argument,
// at `.await` and at `?`.
#[must_use = "nothing is issued before it is awaited"]
pub struct Issuing<'i, C> {
    by: &'i dyn IssueTokens<C>,
    /// `None` once it has been polled.
    login: Option<NewLogin<C>>,
    /// `None` until then.
    progress: Option<Progress<'i, AuthError>>,
}

impl<'i, C> Issuing<'i, C> {
    pub(crate) fn new(by: &'i dyn IssueTokens<C>, login: NewLogin<C>) -> Self {
        Issuing { by, login: Some(login), progress: None }
    }

    /// Lets the login carry this data, for as long as it lasts: each refresh keeps it. Loaders read it with
    /// [`Carried`](crate::Carried), routes with [`Identity::carried`](crate::Identity::carried).
    ///
    /// It is any type that serializes to JSON of at most 1024 bytes. `null` is nothing. The data is in the access token,
    /// in the claim `carried`: signed, but readable by whoever holds the token. Called twice, the second call replaces
    /// the data of the first.
    ///
    /// ```
    /// # use jwtauth::{Auth, AuthError, Tokens};
    /// use rocket::post;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Tenant { tenant: u32 }
    ///
    /// #[post("/login")]
    /// async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    ///     // Check the password first.
    ///     auth.remember(1, ()).carrying(Tenant { tenant: 7 }).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// They come when it is awaited: [`AuthError::Claims`] (500) with
    /// [`CarriedTooLong`](crate::ClaimsError::CarriedTooLong) or
    /// [`CarriedSerialize`](crate::ClaimsError::CarriedSerialize).
    pub fn carrying(mut self, data: impl Serialize) -> Self {
        if let Some(login) = &mut self.login {
            (login.carried, login.fault) = match carried::write(&data) {
                Ok(carried) => (carried, None),
                Err(fault) => (None, Some(fault)),
            };
        }
        self
    }

    /// Gives the client the tokens in the body, even if there are [cookies](crate::guide::browsers): for the login of
    /// programs. Without cookies, this is so anyway.
    ///
    /// ```
    /// # use jwtauth::{Auth, AuthError, Tokens};
    /// use rocket::post;
    ///
    /// #[post("/api/login")]
    /// async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    ///     auth.remember("alice", ()).in_body().await
    /// }
    /// ```
    pub fn in_body(mut self) -> Self {
        if let Some(login) = &mut self.login {
            login.in_body = true;
        }
        self
    }

    /// Makes the browser forget the login when it closes: its [cookies](crate::guide::browsers) have no `Max-Age`, and
    /// those of renewals have none either. Browsers that restore their tabs may keep such cookies. Without cookies, this
    /// has no effect.
    ///
    /// ```
    /// # use jwtauth::{Auth, AuthError, Tokens};
    /// use rocket::post;
    ///
    /// #[post("/login/public-computer")]
    /// async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    ///     auth.remember("alice", ()).until_browser_closes().await
    /// }
    /// ```
    pub fn until_browser_closes(mut self) -> Self {
        if let Some(login) = &mut self.login {
            login.until_browser_closes = true;
        }
        self
    }
}

impl<C> Future for Issuing<'_, C> {
    type Output = Result<Tokens, AuthError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Issuing { by, login, progress } = self.get_mut();
        if let Some(login) = login.take() {
            *progress = Some(by.start(login));
        }
        // It is there: one of the two always is.
        progress.as_mut().map_or(Poll::Pending, |progress| Pin::new(progress).poll(context))
    }
}

// The claims are moved out of it at the first poll. Nothing relies on their place.
impl<C> Unpin for Issuing<'_, C> {}

impl<C> fmt::Debug for Issuing<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuing").finish_non_exhaustive()
    }
}
