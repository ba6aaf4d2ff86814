use rocket::http::SameSite;

/// The settings of cookies, checked: the table `[<profile>.jwtauth.cookies]` of Rocket.toml. The table turns cookies
/// on, even if it is empty.
///
/// ```toml
/// [default.jwtauth]
/// allow_refresh = true
///
/// [default.jwtauth.cookies]
/// login_url = "/login"
/// ```
///
/// There are two cookies: one for the access token, and one that renews it. The guide has a chapter on
/// [browsers](crate::guide::browsers), with [all settings](crate::guide::browsers#settings-of-cookies).
///
/// `allow_refresh` must be set, to either value. `verify_expiration_on_refresh` cannot be on: a cookie is renewed after
/// its token has expired.
#[non_exhaustive]
#[derive(Debug)]
pub struct CookiesConfig {
    /// The name of the cookies, without prefix and suffix. _Default:_ `jwtauth`.
    pub name: String,

    /// The attribute `SameSite` (RFC 6265bis §5.4.7). _Default:_ `Lax`: with `Strict`, a user who follows a link from a
    /// mail or from another site is not logged in.
    pub same_site: SameSite,

    /// The attribute `Domain` (RFC 6265 §5.2.3). With it, all hosts of the domain get the cookies and can set them, so
    /// they lose the prefix `__Host-`. _Default:_ none.
    pub domain: Option<String>,

    /// Origins whose requests count as the application's own, as browsers write them: `https://app.example`.
    /// _Default:_ none.
    pub origins: Vec<String>,

    /// Whether an unsafe request with a cookie passes if it has neither `Origin` nor `Sec-Fetch-Site`. _Default:_
    /// `false`: all current browsers send one of them.
    pub allow_missing_origin: bool,

    /// The page to log in: a path of this site. [`catchers()`](crate::catchers()) redirect a page there if the request
    /// has no identity. _Default:_ none.
    pub login_url: Option<String>,

    /// The page on which a user confirms the login, for routes that need a [recent](crate::Recent) one: a path of this
    /// site. [`catchers()`](crate::catchers()) redirect a page there. _Default:_ none, and then `login_url` takes its
    /// place.
    pub confirm_url: Option<String>,

    /// Whether the cookies have the attribute `Secure`. They lack it in the debug profile without TLS only.
    pub(crate) secure: bool,
    pub(crate) access_name: String,
    pub(crate) refresh_name: String,
    /// The attributes of both cookies but for `Max-Age`, each with a semicolon before it.
    pub(crate) attributes: String,
}

/// The most that browsers keep is 400 days (RFC 6265bis §5.5).
const LONGEST: u64 = 400 * 24 * 60 * 60;

/// Browsers drop a cookie of more than 4096 bytes, name and attributes included, without an error.
const MAX_LEN: usize = 3_800;

impl CookiesConfig {
    /// The name of the cookie with the access token: `__Host-jwtauth` by default, `__Secure-jwtauth` with a `domain`,
    /// and `jwtauth` in the debug profile without TLS.
    pub fn access_name(&self) -> &str {
        &self.access_name
    }

    /// The name of the cookie that renews the access token: [`access_name`](Self::access_name) with the suffix
    /// `-refresh`.
    pub fn refresh_name(&self) -> &str {
        &self.refresh_name
    }

    /// Whether the cookies have the attribute `Secure`: always, except in the debug profile without TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The value of `Set-Cookie` that sets a cookie. `max_age` is in seconds. Without it, the browser forgets the
    /// cookie when it closes.
    pub(crate) fn set(&self, name: &str, value: &str, max_age: Option<u64>) -> String {
        let attributes = &self.attributes;
        match max_age {
            Some(max_age) => format!("{name}={value}; Max-Age={}{attributes}", max_age.min(LONGEST)),
            None => format!("{name}={value}{attributes}"),
        }
    }

    /// The value of `Set-Cookie` that removes a cookie. Some clients look only at `Expires`.
    pub(crate) fn remove(&self, name: &str) -> String {
        format!("{name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT{}", self.attributes)
    }

    /// The most bytes that a token in either cookie can have.
    pub(crate) fn max_token_len(&self) -> usize {
        let longest = self.set(&self.refresh_name, "~", Some(LONGEST)).len();
        MAX_LEN.saturating_sub(longest)
    }
}
