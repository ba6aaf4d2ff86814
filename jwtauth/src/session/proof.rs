use std::sync::Arc;

use rocket::tokio::runtime::Handle;

use super::error::StoreAway;
use super::liveness::Liveness;
use super::store::SessionStore;
use crate::claims::session_id::SessionId;

/// The proof of a generation by an access token, while it is written to the store. When it completes, fails or is
/// dropped, it calls [`Liveness::proof_over`].
pub(super) struct Proof {
    liveness: Arc<Liveness>,
    id: SessionId,
    generation: u64,
    succeeded: bool,
}

impl Proof {
    pub(super) fn begun(liveness: &Arc<Liveness>, id: SessionId, generation: u64) -> Self {
        Proof { liveness: Arc::clone(liveness), id, generation, succeeded: false }
    }

    /// Records the proof in the background. No request waits for it. If it fails, the next look-up tries again. Outside
    /// of a runtime there are no background tasks, and nothing is recorded.
    #[cold]
    pub(super) fn record(self, store: &Arc<dyn SessionStore>, now: u64) {
        let store = Arc::clone(store);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let mut proof = self;
                let recorded = store.prove(proof.id, proof.generation, now).await;
                proof.succeeded = recorded.map_err(StoreAway::logged).is_ok();
            });
        }
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        self.liveness.proof_over(self.id, self.generation, self.succeeded);
    }
}
