use std::time::Duration;

use rocket::Shutdown;
use rocket::tokio::{self, select, time::sleep};

use crate::JwtAuth;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Has the store forget what is long over, once an hour, until the application shuts down or is gone.
pub(crate) fn purge_hourly(jwtauth: &JwtAuth, mut shutdown: Shutdown) {
    if jwtauth.keeper().is_none() {
        return;
    }
    // Not the thing itself: an application that is dropped without a shutdown, in a test, is not kept by this.
    let jwtauth = jwtauth.downgrade();
    tokio::spawn(async move {
        loop {
            select! {
                () = &mut shutdown => break,
                () = sleep(HOUR) => {}
            }
            let Some(jwtauth) = jwtauth() else { break };
            let Some(keeper) = jwtauth.keeper() else { break };
            select! {
                () = &mut shutdown => break,
                // What it could not do is in the log, and it is done in an hour.
                _ = keeper.purge(jwtauth.now()) => {}
            }
        }
    });
}
