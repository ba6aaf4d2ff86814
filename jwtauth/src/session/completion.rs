use std::future::Future;

use rocket::tokio::runtime::Handle;

use super::error::{StoreAway, StoreError};

/// Runs a future to completion, even if the caller is dropped: a client that disconnects must not suppress the report
/// of a reuse. Outside of a runtime, the caller runs the future itself.
pub(super) async fn run_to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreAway>> + Send + 'static,
) -> Result<T, StoreAway> {
    let Ok(runtime) = Handle::try_current() else {
        return work.await;
    };
    match runtime.spawn(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(StoreAway::logged(StoreError::new("it panicked"))),
        // The application is being shut down.
        Err(_) => Err(StoreAway),
    }
}
