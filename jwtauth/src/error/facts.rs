use std::fmt;
use std::sync::Arc;

/// The facts behind the refusal of a token: see [`AuthError::facts`](crate::AuthError::facts).
///
/// They do not count when errors are compared: all facts are equal.
#[derive(Clone, Default)]
pub struct Facts(Option<Arc<Known>>);

struct Known {
    /// The trusted issuer whose rules refused the token. `None` for the rules of the application.
    issuer: Option<Box<str>>,
    text: Box<str>,
}

impl Facts {
    pub(crate) fn new(issuer: Option<&str>, text: impl Into<Box<str>>) -> Self {
        Facts(Some(Arc::new(Known { issuer: issuer.map(Box::from), text: text.into() })))
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref().map(|known| &*known.text)
    }

    /// Logs the facts, if there are any.
    pub(crate) fn log(&self) {
        match self.0.as_deref() {
            Some(Known { issuer: Some(issuer), text }) => {
                rocket::info!("jwtauth: a token of the issuer {issuer} is refused: {text}");
            }
            Some(Known { issuer: None, text }) => rocket::info!("jwtauth: a token is refused: {text}"),
            None => {}
        }
    }
}

impl PartialEq for Facts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Facts {}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}
