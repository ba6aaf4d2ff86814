//! `Auth::confirm`: the user has authenticated again, in the same login.

use std::fmt;
use std::sync::Arc;

use super::Auth;
use crate::claims::{Claims, LoginClaims, RefreshWindow, unsigned};
use crate::error::{AuthError, TokenError};
use crate::guards::confirming::Confirming;
use crate::guards::identify::identify;
use crate::issue::{Delivery, Login, Tokens};
use crate::request::credential::RefreshCookie;
use crate::request::state::RequestState;
use crate::session::SessionManager;
use crate::verified::Verified;

impl Auth<'_> {
    /// Confirms the login of the request: the user has just authenticated again, for example with the password. The new
    /// access token satisfies [`Recent`](crate::Recent), and so do those of later refreshes. The route returns the
    /// result.
    ///
    /// ```
    /// use jwtauth::{Auth, AuthError, Identity, LocalPath, WithTokens};
    /// use rocket::form::Form;
    /// use rocket::response::Redirect;
    /// use rocket::{FromForm, post};
    ///
    /// # async fn is_password(_userid: &str, _password: &str) -> bool { true }
    /// #[derive(FromForm)]
    /// struct Confirmation {
    ///     password: String,
    ///     next: LocalPath,
    /// }
    ///
    /// #[post("/confirm", data = "<form>")]
    /// async fn confirm(
    ///     identity: Identity,
    ///     form: Form<Confirmation>,
    ///     auth: Auth<'_>,
    /// ) -> Result<WithTokens<Redirect>, AuthError> {
    ///     if !is_password(identity.userid(), &form.password).await {
    ///         return Err(AuthError::forbidden());
    ///     }
    ///     let tokens = auth.confirm(identity.userid(), ()).await?;
    ///     Ok(tokens.with(Redirect::to(form.into_inner().next)))
    /// }
    /// ```
    ///
    /// The request must have an access token of the login, in the header or in a cookie, and `userid` must be the user
    /// of this token. A route therefore cannot move the login to another user: that user logs in instead.
    ///
    /// The login stays the same, with its data, its nonce and its end. Only [`auth_time`](crate::Identity::auth_time)
    /// changes:
    ///
    /// - `max_lifetime` still counts from the login.
    /// - With [sessions](crate::guide::sessions), the client keeps its refresh token. The result has only an access
    ///   token.
    /// - Without sessions, the new token can be refreshed as long as the old one.
    /// - The client gets the token in the way in which the token of the request came. With
    ///   [cookies](crate::guide::browsers), the response sets them, and the browser keeps them as long as before.
    ///
    /// The old access token is valid until it expires, and its `auth_time` stays as it is.
    ///
    /// # Errors
    ///
    /// - The errors of [`Identity`](crate::Identity): 401 without a token, and if the session has ended; 503 if the
    ///   session store is unavailable. The store is asked whatever the value of `staleness` is.
    /// - [`AuthError::OtherUser`] (403) if `userid` is not the user of the token, and if the token is from a
    ///   [trusted issuer](crate::guide::issuers): its user authenticates there.
    /// - [`AuthError::InvalidToken`] (401) if `max_lifetime` is set and the token has no time of a login.
    /// - [`AuthError::Claims`] (500) if the claims can't be written into a token, and [`AuthError::Key`] (500) if no
    ///   key can sign. With sessions, the time is stored nevertheless.
    pub fn confirm<C: Claims>(&self, userid: impl fmt::Display, claims: C) -> Confirming<'_> {
        let userid = userid.to_string();
        Confirming::new(async move {
            let confirmed = self.confirmed(&userid, &claims).await;
            // The route may return only a status. The error is stored for the challenge and the catchers.
            confirmed.inspect_err(|error| RequestState::of(self.request).fail(error.clone()))
        })
    }

    async fn confirmed<C: Claims>(&self, userid: &str, claims: &C) -> Result<Tokens, AuthError> {
        let token = identify::<()>(self.request, self.origins).await?;
        // The same user id of an issuer may be another user.
        if token.policy().of_issuer.is_some() || token.userid() != userid {
            return Err(AuthError::OtherUser);
        }
        let is_of_cookie = RequestState::of(self.request).cookies.has_token();
        let delivery = if is_of_cookie { self.cookies()? } else { Delivery::Body };
        match self.jwtauth.session_manager() {
            Some(sessions) => self.confirm_session(sessions, &token, claims, delivery).await,
            None => self.confirm_token(&token, claims, delivery).await,
        }
    }

    /// The cookies for the new token, which the browser keeps as long as those that it has.
    fn cookies(&self) -> Result<Delivery, AuthError> {
        let refresh = RefreshCookie::of(self.request, self.jwtauth.config())?;
        // Without a refresh cookie, it is not known how long the browser keeps the login. It must not become longer.
        Ok(Delivery::Cookies { is_transient: refresh.is_none_or(|cookie| cookie.is_transient), is_renewal: true })
    }

    async fn confirm_session<C: Claims>(
        &self,
        sessions: &Arc<SessionManager>,
        token: &Verified<()>,
        claims: &C,
        delivery: Delivery,
    ) -> Result<Tokens, AuthError> {
        let (id, now) = (self.jwtauth.policy().session(token.registered.sid)?, self.jwtauth.now());
        let Some(session) = sessions.confirm(id, token.userid(), now).await? else {
            if delivery != Delivery::Body {
                RequestState::of(self.request).cookies.clear();
            }
            return Err(TokenError::SessionEnded.into());
        };
        let login_claims = LoginClaims {
            auth_time: Some(session.auth_time),
            login_time: Some(session.created),
            // Not the generation of the row: the client may never have got its refresh token, and would prove that it
            // has.
            session: Some((id, token.registered.generation)),
            carried: session.carried.as_deref(),
            ..LoginClaims::of(&session.userid)
        };
        let mut tokens = self.jwtauth.mint(&Login { claims: login_claims, delivery }, claims).await?;
        tokens.login_expires_in = Some(sessions.end_of(&session, now).saturating_sub(now));
        Ok(tokens)
    }

    /// Without sessions, the token itself is the login.
    async fn confirm_token<C: Claims>(
        &self,
        token: &Verified<()>,
        claims: &C,
        delivery: Delivery,
    ) -> Result<Tokens, AuthError> {
        let (policy, now) = (self.jwtauth.policy(), self.jwtauth.now());
        let login_time = policy.login_time(&token.registered, now)?;
        // These two are not kept with a verified token.
        let inspected = self.jwtauth.verifier().inspect(token.token(), now, |read, key| {
            let window = match key.refreshes() {
                true => RefreshWindow::Kept(read.refresh_until.map(unsigned)),
                // The new token has another key, with which it could be refreshed.
                false => RefreshWindow::Closed,
            };
            (read.texts.nonce.as_deref().map(str::to_owned), window)
        });
        let (nonce, refresh_window) = inspected?;
        let login_claims = LoginClaims {
            auth_time: Some(now),
            login_time,
            nonce: nonce.as_deref(),
            refresh_window,
            carried: token.carried(),
            ..LoginClaims::of(token.userid())
        };
        self.jwtauth.mint(&Login { claims: login_claims, delivery }, claims).await
    }
}
