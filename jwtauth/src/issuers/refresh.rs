use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, select, time::sleep};

use crate::JwtAuth;

/// Keeps the keys of the issuers fresh until the application shuts down or is gone, so that no request waits for
/// them. An issuer of whom no token has come yet is left alone.
pub(crate) fn refresh_in_time(jwtauth: &JwtAuth, shutdown: Shutdown) {
    if !jwtauth.issuers().is_empty() {
        drop(refresh_every(SHORTEST..=LONGEST, jwtauth, shutdown));
    }
}

/// How long to sleep at least and at most. Keys are fetched for the first time while this sleeps, and none is due
/// sooner than after 48 seconds.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(20);

fn refresh_every(
    period: std::ops::RangeInclusive<Duration>,
    jwtauth: &JwtAuth,
    mut shutdown: Shutdown,
) -> JoinHandle<()> {
    // Not the thing itself: an application that is dropped without a shutdown, in a test, is not kept by this.
    let jwtauth = jwtauth.downgrade();
    tokio::spawn(async move {
        let mut pause = *period.end();
        loop {
            select! {
                () = &mut shutdown => break,
                () = sleep(pause) => {}
            }
            let Some(jwtauth) = jwtauth() else { break };
            let next = jwtauth.issuers().refresh();
            pause = next.map_or(*period.end(), Duration::from_secs).clamp(*period.start(), *period.end());
        }
    })
}
