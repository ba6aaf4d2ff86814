//! `jwtauth explain`: explains which rules accept or refuse a token.

use std::io::{self, Read};
use std::sync::Arc;

use figment::Figment;
use zeroize::Zeroizing;

use super::store::{Opened, OutOfReach, open};
use super::{BAD, GOOD, Streams, USAGE, runtime};
use crate::clock::Clock;
use crate::config::{Checked, Config, ConfigError, session_settings};
use crate::explain::Explanation;
use crate::fairing::assemble;
use crate::jwtauth::JwtAuth;
use crate::session::{SessionManager, SessionStore};

/// The maximum number of bytes to read. A token is always shorter.
const MOST: u64 = 1024 * 1024;

pub(super) fn command(figment: &Figment, streams: &mut Streams<'_>, clock: &Clock) -> io::Result<u8> {
    let mut bytes = Zeroizing::new(Vec::new());
    streams.input.take(MOST).read_to_end(&mut bytes)?;
    let Ok(text) = str::from_utf8(&bytes) else {
        writeln!(streams.errors, "jwtauth explain: standard input is not text")?;
        return Ok(USAGE);
    };
    let explained = runtime()?.block_on(async {
        let (jwtauth, notes) = jwtauth(figment, clock).await?;
        let token = token(text, &jwtauth.config().auth_header_prefix);
        match token.is_empty() {
            true => Ok(None),
            false => Ok::<_, ConfigError>(Some((jwtauth.explain(token).await, notes))),
        }
    });
    match explained {
        Ok(Some((explanation, notes))) => {
            for note in notes {
                writeln!(streams.errors, "note: {note}")?;
            }
            write!(streams.output, "{explanation}")?;
            Ok(code(&explanation))
        }
        Ok(None) => {
            writeln!(streams.errors, "jwtauth explain: there is no token on standard input")?;
            Ok(USAGE)
        }
        Err(error) => {
            writeln!(streams.errors, "{error}")?;
            Ok(BAD)
        }
    }
}

/// Extracts the token from the input: removes one newline at the end and the scheme at the start.
fn token<'t>(text: &'t str, prefix: &str) -> &'t str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    for scheme in [prefix, "Bearer"] {
        if let Some((before, after)) = text.split_at_checked(scheme.len())
            && before.eq_ignore_ascii_case(scheme)
            && after.starts_with(' ')
        {
            return after.trim_matches(' ');
        }
    }
    text
}

/// The exit code. A refresh token always fails the rule `parts` for access tokens, so the rules for refreshing decide.
fn code(explanation: &Explanation) -> u8 {
    let is_refresh_token = explanation.refused_by().is_some_and(|rule| rule.name() == "parts");
    match is_refresh_token {
        true if explanation.is_refreshable() => GOOD,
        false if explanation.is_accepted() => GOOD,
        _ => BAD,
    }
}

/// Creates a `JwtAuth` from the settings, and notes to print with the explanation. A store that can't be used is
/// replaced by a placeholder.
async fn jwtauth(figment: &Figment, clock: &Clock) -> Result<(JwtAuth, Vec<String>), ConfigError> {
    let mut checked = Config::check(figment, false, clock.now())?;
    let mut notes = std::mem::take(&mut checked.warnings);
    let session_manager = session_manager(&checked, &mut notes).await;
    let issuers = checked.issuers.launch(clock).await?;
    Ok((assemble(checked, clock.clone(), None, session_manager, issuers), notes))
}

async fn session_manager(checked: &Checked, notes: &mut Vec<String>) -> Option<Arc<SessionManager>> {
    let (chosen, settings) = (checked.sessions.as_ref()?, session_settings(&checked.config)?);
    let mut out_of_reach = |reason: String| {
        notes.push(format!("sessions can't be checked: {reason}"));
        Arc::new(OutOfReach(reason)) as Arc<dyn SessionStore>
    };
    let store = match open(&chosen.place).await {
        Ok(Opened::Open { store, .. }) => store,
        Ok(Opened::Closed { reason, .. }) => out_of_reach(reason),
        Err(error) => out_of_reach(error.faults().iter().map(|fault| fault.problem()).collect::<Vec<_>>().join("; ")),
    };
    Some(Arc::new(SessionManager::new(store, Arc::new(()), chosen.seed.as_ref(), &checked.keys, settings)))
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn explain_input_gives_the_token_alone() {
        for text in ["a.b.c", "a.b.c\n", "a.b.c\r\n", "Bearer a.b.c", "bearer  a.b.c\n", "JWT a.b.c"] {
            assert_eq!(token(text, "JWT"), "a.b.c", "{text:?}");
        }
        assert_eq!(token("a.b.c\n\n", "Bearer"), "a.b.c\n");
        assert_eq!(token(" a.b.c", "Bearer"), " a.b.c");
        assert_eq!(token("\n", "Bearer"), "");
    }
}
