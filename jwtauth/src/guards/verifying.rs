use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rocket::futures::future::BoxFuture;

use super::identity::Identity;
use crate::claims::Claims;
use crate::error::{AuthError, TokenError};
use crate::jwtauth::JwtAuth;
use crate::verified::{AnyVerified, Verified, downcast};
use crate::verify::{OwnKeys, Verifier};

/// The future of a verified token. [`JwtAuth::verify`] returns it.
///
/// Without sessions and trusted issuers, the call itself verifies the token, and the future is ready at once.
// This is a named type because the compiler reports a wrong claims type of an `async fn` three times: at the type, at
// the call and at `.await`.
#[must_use = "a token is not verified before the future is awaited"]
pub struct Verifying<'v, C>(State<'v, C>);

enum State<'v, C> {
    /// The result was available at once.
    Done(Ready<Result<Identity<C>, AuthError>>),
    Waiting(BoxFuture<'v, Result<Identity<C>, AuthError>>),
}

impl JwtAuth {
    /// Verifies an access token that is not in the `Authorization` header of a request: in a message over a socket, for
    /// example. For headers, use the guard [`Identity`]. With [sessions](crate::guide::sessions), the session of the
    /// token is checked as it is for a request.
    ///
    /// ```
    /// # use jwtauth::JwtAuth;
    /// use jwtauth::{AuthError, Identity};
    ///
    /// async fn userid(jwtauth: &JwtAuth, token: &str) -> Result<String, AuthError> {
    ///     let identity: Identity = jwtauth.verify(token).await?;
    ///     Ok(identity.userid().to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidToken`] if the token is not valid. It contains the reason. [`AuthError::Unavailable`] if the
    /// session store can't be reached, or the keys of the [issuer](crate::guide::issuers) can't be fetched.
    pub fn verify<'v, C: Claims>(&'v self, token: &'v str) -> Verifying<'v, C> {
        Verifying(match verify_at_once(self, token) {
            Some(result) => State::Done(ready(result)),
            None => State::Waiting(Box::pin(verify(self, token))),
        })
    }
}

/// `None` with sessions or trusted issuers.
fn verify_at_once<C: Claims>(jwtauth: &JwtAuth, token: &str) -> Option<Result<Identity<C>, AuthError>> {
    if jwtauth.session_manager().is_some() {
        return None;
    }
    let verifier = jwtauth.verifier();
    let verified = verifier.verify_at_once::<C>(token)?.inspect_err(AuthError::log_facts);
    Some(verified.and_then(|token| Ok(Identity::new(read(&verifier, token)?))))
}

async fn verify<C: Claims>(jwtauth: &JwtAuth, token: &str) -> Result<Identity<C>, AuthError> {
    let verifier = jwtauth.verifier();
    let verified = verifier.verify::<C>(token).await.inspect_err(AuthError::log_facts)?;
    let verified = read(&verifier, verified)?;
    verifier.check_session(&verified).await?;
    Ok(Identity::new(verified))
}

/// The token with its claims as this type.
fn read<C: Claims>(
    verifier: &Verifier<'_, impl OwnKeys>,
    token: Arc<dyn AnyVerified>,
) -> Result<Arc<Verified<C>>, AuthError> {
    // If the claims are not of this type, the second reading logs which claims are wrong.
    let verified = downcast(Arc::clone(&token)).or_else(|| verifier.read_again::<C>(&token));
    verified.ok_or_else(|| TokenError::Claims.into())
}

impl<C> Future for Verifying<'_, C> {
    type Output = Result<Identity<C>, AuthError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Done(ready) => Pin::new(ready).poll(context),
            State::Waiting(future) => future.as_mut().poll(context),
        }
    }
}

impl<C> fmt::Debug for Verifying<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifying").finish_non_exhaustive()
    }
}
