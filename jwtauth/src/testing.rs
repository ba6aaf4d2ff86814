//! Tools for the tests of applications and of session stores, with the feature `testing`.
//!
//! [`open_routes`] lists the routes of an application that are open. [`session_store_conformance!`] tests a
//! [`SessionStore`].
//!
//! [`session_store_conformance!`]: crate::session_store_conformance
//! [`SessionStore`]: crate::SessionStore

mod ends;
mod keys;
mod limits;
mod open_routes;
mod proofs;
mod reuse;
mod rows;
mod steps;
mod together;

use std::future::Future;
use std::sync::Arc;

#[doc(hidden)]
pub use self::ends::*;
#[doc(hidden)]
pub use self::keys::*;
#[doc(hidden)]
pub use self::limits::*;
pub use self::open_routes::{OpenRoutes, open_routes};
#[doc(hidden)]
pub use self::proofs::*;
#[doc(hidden)]
pub use self::reuse::*;
#[doc(hidden)]
pub use self::rows::*;
#[doc(hidden)]
pub use self::steps::*;
#[doc(hidden)]
pub use self::together::*;
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore};

/// Generates the tests for the contract of a [`SessionStore`](crate::SessionStore): one `#[test]` for each rule, in a
/// module `session_store_conformance`. Requires the feature `testing`.
///
/// The argument is evaluated again for each test, in an `async` block on Rocket's runtime. It may use `.await`, and
/// `return` if no server is available. All tests may use the same database: sessions and users have random names, and
/// the sessions of the purge tests are at least 1,000,000,000 seconds older than all others. The tests use virtual time,
/// and take a few seconds.
///
/// ```
/// # // As it stands in a test module; a doctest has no tests of its own to run.
/// mod tests {
///     use jwtauth::MemoryStore;
///
///     jwtauth::session_store_conformance!(MemoryStore::new());
/// }
/// ```
///
/// If the rows of a store expire by themselves, on a clock that tests can't control, use
/// `session_store_conformance!(store, rows_expire)`. The tests then do not require that
/// [`purge`](crate::SessionStore::purge) removes old rows. The store needs its own tests for the expiry of its rows.
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
#[macro_export]
macro_rules! session_store_conformance {
    ($store:expr $(,)?) => {
        $crate::session_store_conformance! { @all $store; what_is_long_over_is_gone_after_a_purge a_trace_of_reuse_is_purged }
    };
    ($store:expr, rows_expire $(,)?) => {
        $crate::session_store_conformance! { @all $store; }
    };
    (@all $store:expr; $($more:ident)*) => {
        $crate::session_store_conformance! { @rules $store;
            $($more)*
            a_row_is_kept_as_it_was_given
            user_ids_are_any_text
            labels_are_any_text
            what_is_not_there_is_unknown
            a_user_s_sessions_are_listed
            user_ids_are_compared_as_bytes
            a_step_changes_the_row
            a_spent_generation_is_repeated_within_its_grace
            the_grace_counts_from_the_hand_out
            a_lost_successor_is_replaced
            a_void_generation_is_reuse
            a_token_from_before_the_proof_is_reuse
            without_a_grace_a_generation_is_good_once
            any_other_generation_is_reuse
            a_clock_that_was_set_back_opens_nothing
            what_has_run_out_says_so
            a_chain_of_steps_is_one_row
            a_step_keeps_every_other_field
            a_proof_changes_the_row
            only_the_current_generation_is_proven_and_only_once
            the_generation_before_a_proven_one_is_repeated_within_the_grace
            a_late_request_is_refused
            a_proof_of_no_session_does_nothing
            another_key_steps_no_session
            a_row_without_key_is_bound_by_its_step
            one_of_two_keys_at_once_binds_a_row
            reuse_leaves_a_trace_until_it_is_reported
            a_trace_of_reuse_is_no_session
            other_ends_leave_no_trace
            an_end_is_an_end
            all_sessions_of_a_user_end
            all_sessions_but_one_end
            a_foreign_session_is_not_ended
            what_has_run_out_is_ended_too
            a_limit_ends_the_least_recently_refreshed
            a_limit_counts_the_alive
            a_limit_is_each_user_s_own
            a_limit_spares_what_is_just_being_refreshed
            a_limit_holds_for_logins_at_once
            only_what_is_long_over_is_purged
            sixty_four_at_once_make_one_step
            sixty_four_at_once_without_a_grace_end_the_session
            proofs_and_steps_at_once_prove_once
            a_proof_and_a_replacement_at_once_agree
            steps_and_ends_at_once_leave_an_end
            a_step_that_is_dropped_is_made_or_not
            a_beginning_that_is_dropped_is_made_or_not
        }
    };
    (@rules $store:expr; $($rule:ident)*) => {
        mod session_store_conformance {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[test]
                fn $rule() {
                    $crate::testing::run(async {
                        $crate::testing::$rule(::std::sync::Arc::new($store)).await
                    });
                }
            )*
        }
    };
}

/// Runs a test on a multi-threaded runtime, as in an application.
#[doc(hidden)]
pub fn run<F: Future<Output = ()> + Send>(test: F) {
    rocket::execute(test);
}

/// The store under test.
type Store = Arc<dyn SessionStore>;

/// The time at which the sessions of the tests start. The sessions of the purge tests start much earlier.
const NOW: u64 = 2_000_000_000;

/// The default end of these sessions.
const ENDS: u64 = NOW + 10_000;

/// A new id.
fn id() -> SessionId {
    SessionId::random().expect("randomness")
}

/// A user id that no other test uses.
fn user(name: &str) -> String {
    format!("{name}-{}", id())
}

/// The default key of sessions.
const KEY: [u8; 16] = [1; 16];

/// A session of a user, from [`NOW`] to [`ENDS`], with [`KEY`].
fn session(userid: &str) -> SessionRecord {
    SessionRecord { key_id: Some(KEY), ..SessionRecord::new(id(), userid, NOW, ENDS) }
}

/// Starts a session of a new user.
async fn begun(store: &Store) -> SessionRecord {
    let session = session(&user("alice"));
    begin(store, &session).await;
    session
}

async fn begin(store: &Store, session: &SessionRecord) {
    assert_eq!(store.create(session, None).await.expect("create"), [], "nobody else ends without a limit");
}

async fn get(store: &Store, id: SessionId) -> Option<SessionRecord> {
    store.get(id).await.expect("get")
}

async fn advance(store: &Store, id: SessionId, step: RefreshStep) -> RefreshOutcome {
    store.advance(id, step).await.expect("advance")
}

async fn prove(store: &Store, id: SessionId, generation: u64, now: u64) {
    store.prove(id, generation, now).await.expect("prove");
}

async fn end(store: &Store, id: SessionId) -> Option<SessionRecord> {
    store.end(id).await.expect("end")
}

/// Ends the user's sessions, and returns the ended ones, sorted by id.
async fn end_all(store: &Store, userid: &str, except: Option<SessionId>) -> Vec<SessionRecord> {
    let mut ended = store.end_all(userid, except).await.expect("end_all");
    ended.sort_by_key(|session| session.id);
    ended
}

/// The ids of a user's sessions at [`NOW`], sorted.
async fn listed(store: &Store, userid: &str) -> Vec<SessionId> {
    let sessions = store.list(userid, NOW).await.expect("list");
    sorted(sessions.iter().map(|session| session.id))
}

fn sorted(ids: impl IntoIterator<Item = SessionId>) -> Vec<SessionId> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}

/// A step of this generation with [`KEY`], a grace of 30 seconds and the end [`ENDS`].
fn step(generation: u64, now: u64) -> RefreshStep {
    RefreshStep { generation, now, grace: 30, ends_at: ENDS, key_id: KEY }
}

/// The outcome that issues this generation for the first time.
fn next(generation: u64) -> RefreshOutcome {
    RefreshOutcome::Next { generation }
}

/// The outcome that issues this generation again, for a session that ends at [`ENDS`].
fn repeated(generation: u64) -> RefreshOutcome {
    RefreshOutcome::Repeated { generation, ends_at: ENDS }
}
