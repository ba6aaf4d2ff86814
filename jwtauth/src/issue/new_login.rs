use super::delivery::Delivery;
use super::login::Login;
use super::progress::Progress;
use crate::claims::LoginClaims;
use crate::error::{AuthError, ClaimsError};

/// A login whose tokens are to be issued.
pub(crate) struct NewLogin<C> {
    pub(crate) userid: String,
    pub(crate) claims: C,
    /// The refresh nonce of the user, if it is known.
    pub(crate) nonce: Option<String>,
    /// The data of the login, as JSON.
    pub(crate) carried: Option<Box<str>>,
    /// The reason why the data is not acceptable.
    pub(crate) fault: Option<ClaimsError>,
    /// Whether the client gets the tokens in the body, even if there are cookies.
    pub(crate) in_body: bool,
    /// Whether the browser drops its cookies when it closes.
    pub(crate) until_browser_closes: bool,
    /// How the tokens reach the client. It follows from the two fields above and the settings.
    pub(crate) delivery: Delivery,
}

impl<C> NewLogin<C> {
    /// A login without data, of a user whose nonce is not known.
    pub(crate) fn new(userid: String, claims: C) -> Self {
        NewLogin {
            userid,
            claims,
            nonce: None,
            carried: None,
            fault: None,
            in_body: false,
            until_browser_closes: false,
            delivery: Delivery::Body,
        }
    }

    /// The facts about the login in its access token, without a session.
    pub(crate) fn login(&self) -> Login<'_> {
        let claims = LoginClaims {
            nonce: self.nonce.as_deref(),
            carried: self.carried.as_deref(),
            ..LoginClaims::of(&self.userid)
        };
        Login { claims, delivery: self.delivery }
    }
}

/// Issues the tokens of logins: in a request, or outside of one.
///
/// The trait has the claims type as a parameter, and [`Issuing`](super::Issuing) has a reference to an implementation.
/// So `Issuing` is a future for any type of claims, and only the functions that return it require a claims type.
pub(crate) trait IssueTokens<C>: Sync {
    fn start(&self, login: NewLogin<C>) -> Progress<'_, AuthError>;
}
