use super::issuer::{IssuerRules, PermissionsClaim, UserIdPrefix};
use super::login_claims::{LoginClaims, RefreshWindow};
use super::names;
use super::numeric_date::LAST_SECOND;
use super::refusal;
use super::registered::{Issued, Registered, unsigned};
use super::session_id::SessionId;
use crate::error::TokenError;

/// The minimum number of seconds by which `iat` may be in the future, whatever the leeway is. The clocks of two
/// machines differ, and a token may reach another machine within milliseconds.
const CLOCK_SKEW: u64 = 60;

/// The rules for tokens, derived from the settings: which verified tokens are accepted, and what new tokens contain.
/// All times are in seconds.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) userid_claim: String,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) leeway: u64,
    /// Here and below, `None` is unlimited.
    pub(crate) expiration_delta: Option<u64>,
    pub(crate) refresh_delta: Option<u64>,
    pub(crate) max_lifetime: Option<u64>,
    pub(crate) allow_refresh: bool,
    pub(crate) verify_expiration_on_refresh: bool,
    /// Whether tokens belong to sessions. Then access tokens can't be refreshed.
    pub(crate) sessions: bool,
    /// Whether there are trusted issuers. Then `iss` must be our own if it is present.
    pub(crate) with_issuers: bool,
    /// The prefixes of the user ids of trusted issuers. No own user id begins with one.
    pub(crate) reserved_prefixes: Vec<UserIdPrefix>,
    /// The further rules for a trusted issuer's tokens. `None` for the application's own tokens.
    pub(crate) of_issuer: Option<IssuerRules>,
}

/// Where a token has its permissions.
pub(crate) enum PermissionsSource<'p> {
    /// In the claim that the enum of permissions names.
    OfEnum,
    /// In this claim of a trusted issuer's tokens.
    OfIssuer(&'p PermissionsClaim),
    /// A token of this issuer grants nothing: equal names are a coincidence.
    Nothing,
}

impl Policy {
    /// The rules for access. Their order is that of PyJWT, and therefore of more.jwtauth.
    pub(crate) fn check_access(&self, claims: &Registered, now: u64) -> Result<(), TokenError> {
        self.check(claims, now, true)?;
        if self.login_ended(claims, now, self.leeway) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }

    /// The rules for logging out. Expired tokens are accepted.
    pub(crate) fn check_logout(&self, claims: &Registered, now: u64) -> Result<(), TokenError> {
        self.check(claims, now, false).inspect_err(|error| self.log_lacking(claims, *error))
    }

    /// The rules for refreshing that are checked before the nonce.
    pub(crate) fn check_refresh(&self, claims: &Registered, now: u64) -> Result<(), TokenError> {
        let checked = self.check(claims, now, self.verify_expiration_on_refresh);
        checked.inspect_err(|error| self.log_lacking(claims, *error))
    }

    /// The session of a token. With sessions, a token must have one. A token without one was issued before sessions
    /// were enabled, and could not be revoked.
    pub(crate) fn session(&self, sid: Option<SessionId>) -> Result<SessionId, TokenError> {
        sid.ok_or_else(|| {
            refusal::log(self.trusted_issuer(), &missing(names::SID));
            TokenError::Claims
        })
    }

    /// What is missing in claims that were refused with [`TokenError::Claims`].
    pub(super) fn lacking(&self, claims: &Registered) -> String {
        if claims.names_user_of_issuer {
            return "its user id begins with the prefix of a trusted issuer's user ids".into();
        }
        let has_exp = claims.exp.is_some() || self.may_be_endless(claims);
        let userid_claim = match &self.of_issuer {
            Some(rules) => rules.userid.to_string(),
            None => self.userid_claim.clone(),
        };
        missing(if has_exp { &userid_claim } else { names::EXP })
    }

    #[cold]
    fn log_lacking(&self, claims: &Registered, error: TokenError) {
        if error == TokenError::Claims {
            refusal::log(self.trusted_issuer(), &self.lacking(claims));
        }
    }

    /// Where a token with these rules has its permissions.
    pub(crate) fn permissions(&self) -> PermissionsSource<'_> {
        match &self.of_issuer {
            None => PermissionsSource::OfEnum,
            Some(rules) => rules.permissions.as_ref().map_or(PermissionsSource::Nothing, PermissionsSource::OfIssuer),
        }
    }

    /// The trusted issuer that these rules are for. `None` for the application's own rules.
    pub(crate) fn trusted_issuer(&self) -> Option<&str> {
        self.issuer.as_deref().filter(|_| self.of_issuer.is_some())
    }

    /// Whether a user id of the application would be one of a trusted issuer.
    pub(crate) fn is_of_issuer(&self, userid: &str) -> bool {
        self.reserved_prefixes.iter().any(|prefix| prefix.begins(userid))
    }

    fn check(&self, claims: &Registered, now: u64, expires: bool) -> Result<(), TokenError> {
        let now = signed(now);
        let is_after = |time: Option<i64>, leeway| time.is_some_and(|time| time > now.saturating_add_unsigned(leeway));
        if is_after(claims.iat, self.leeway.max(CLOCK_SKEW)) || is_after(claims.nbf, self.leeway) {
            return Err(TokenError::NotYetValid);
        }
        match claims.exp {
            // `exp` is the first second at which the token is invalid (RFC 7519 §4.1.4).
            Some(exp) if expires && now >= exp.saturating_add_unsigned(self.leeway) => return Err(TokenError::Expired),
            Some(_) => {}
            None if self.may_be_endless(claims) => {}
            None => return Err(TokenError::Claims),
        }
        match claims.issuer_matches {
            Some(true) => {}
            None if self.issuer.is_none() => {}
            Some(false) if self.issuer.is_none() && !self.with_issuers => {}
            _ => return Err(TokenError::Issuer),
        }
        // RFC 7519 §4.1.3: a service that is not in `aud` must reject the token.
        match claims.audience_matches {
            Some(true) => {}
            None if self.audience.is_empty() => {}
            _ => return Err(TokenError::Audience),
        }
        if claims.misses_requirement || !claims.names_user || claims.names_user_of_issuer {
            return Err(TokenError::Claims);
        }
        Ok(())
    }

    /// Whether a token without `exp` is accepted. A token with neither an expiration nor a login time would be valid
    /// forever.
    fn may_be_endless(&self, claims: &Registered) -> bool {
        self.expiration_delta.is_none() && (self.max_lifetime.is_none() || claims.login().is_some())
    }

    /// Whether `max_lifetime` has passed, if the token has a login time. The leeway applies to access tokens. It does
    /// not apply to issuing, because the new token would already have expired.
    pub(crate) fn login_ended(&self, claims: &Registered, now: u64, leeway: u64) -> bool {
        match (self.max_lifetime, claims.login()) {
            (Some(max), Some(login)) => {
                signed(now) >= login.saturating_add_unsigned(max).saturating_add_unsigned(leeway)
            }
            _ => false,
        }
    }

    /// The time of the login that a token is of, for another token of the same login. `None` if it is not known and has
    /// no effect.
    pub(crate) fn login_time(&self, claims: &Registered, now: u64) -> Result<Option<u64>, TokenError> {
        if self.login_ended(claims, now, 0) {
            return Err(TokenError::Expired);
        }
        match claims.login() {
            // A time in the future is replaced by the current time, a time before the epoch by 0.
            Some(login) => Ok(Some(unsigned(login).min(now))),
            None if self.max_lifetime.is_none() => Ok(None),
            None => {
                refusal::log(self.trusted_issuer(), &missing(names::AUTH_TIME));
                Err(TokenError::Claims)
            }
        }
    }

    /// Whether `refresh_until` has passed.
    pub(crate) fn refresh_ended(&self, refresh_until: i64, now: u64) -> bool {
        refresh_until.saturating_add_unsigned(self.leeway) < signed(now)
    }

    /// Whether access tokens are refreshed. With sessions, refresh tokens are.
    pub(crate) fn refreshes_tokens(&self) -> bool {
        self.allow_refresh && !self.sessions
    }

    /// The registered claims of a new token for a login.
    pub(crate) fn issue<'i>(&'i self, login: &LoginClaims<'i>, now: u64) -> Issued<'i> {
        let LoginClaims { userid, auth_time, login_time, nonce, refresh_window, session, carried } = *login;
        let auth_time = auth_time.unwrap_or(now);
        let refreshable = self.refreshes_tokens();
        let end = self.max_lifetime.map(|max| login_time.unwrap_or(auth_time).saturating_add(max));
        let until = |delta: Option<u64>| match (delta.map(|delta| now.saturating_add(delta)), end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        // Reading the token would refuse a later time.
        let until = |delta| until(delta).map(|time| time.min(LAST_SECOND));
        let refresh_until = match refresh_window {
            RefreshWindow::New => until(self.refresh_delta),
            RefreshWindow::Kept(kept) => kept.map(|kept| until(self.refresh_delta).map_or(kept, |new| new.min(kept))),
            RefreshWindow::Closed => Some(0),
        };
        Issued {
            userid_claim: &self.userid_claim,
            userid,
            exp: until(self.expiration_delta),
            iat: now,
            auth_time,
            login_time: login_time.filter(|login_time| *login_time != auth_time),
            session,
            issuer: self.issuer.as_deref(),
            audience: &self.audience,
            refresh_until: if refreshable { refresh_until } else { None },
            nonce: if refreshable { nonce } else { None },
            carried,
        }
    }
}

fn missing(claim: &str) -> String {
    format!("its claim `{claim}` is missing or empty")
}

/// Converts the clock's time for comparison with times in a token.
fn signed(now: u64) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX)
}
