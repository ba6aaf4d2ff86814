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
/// It is a future. Tokens are issued only when it is awaited. Without sessions, a nonce handler and RSA, the first poll
/// returns the tokens.
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
    /// `None` after the first poll.
    login: Option<NewLogin<C>>,
    /// `None` before the first poll.
    progress: Option<Progress<'i, AuthError>>,
}

impl<'i, C> Issuing<'i, C> {
    pub(crate) fn new(by: &'i dyn IssueTokens<C>, login: NewLogin<C>) -> Self {
        Issuing { by, login: Some(login), progress: None }
    }

    /// Adds data to the login. It lasts as long as the login: each refresh keeps it. Loaders read it with
    /// [`Carried`](crate::Carried), routes with [`Identity::carried`](crate::Identity::carried).
    ///
    /// The data is of any type that serializes to JSON of at most 1024 bytes. `null` means no data. The access token
    /// contains the data in the claim `carried`. It is signed, but every holder of the token can read it. A second call
    /// replaces the data of the first.
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
    /// These errors are returned when the future is awaited: [`AuthError::Claims`] (500) with
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

    /// Sends the tokens in the body, even if there are [cookies](crate::guide::browsers). Use it for the login of
    /// programs. Without cookies, the tokens are always in the body.
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

    /// Makes the browser drop the login when it closes: its [cookies](crate::guide::browsers) have no `Max-Age`, and
    /// those of renewals have none either. Browsers that restore their tabs may keep such cookies. Without cookies,
    /// this has no effect.
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
        // One of the two fields is always `Some`.
        progress.as_mut().map_or(Poll::Pending, |progress| Pin::new(progress).poll(context))
    }
}

// The claims are moved out of the future at the first poll. The code does not rely on their address.
impl<C> Unpin for Issuing<'_, C> {}

impl<C> fmt::Debug for Issuing<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuing").finish_non_exhaustive()
    }
}
