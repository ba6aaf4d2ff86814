//! Tools for the tests of applications and of session stores, with the feature `testing`.
//!
//! [`open_routes`] lists the routes of an application that are open. [`session_store_conformance!`] tests a
//! [`SessionStore`].
//!
//! [`session_store_conformance!`]: crate::session_store_conformance
//! [`SessionStore`]: crate::SessionStore

mod confirmations;
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
pub use self::confirmations::*;
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
/// the sessions of the purge tests are at least 1,000,000,000 seconds older than all others. The tests use virtual
/// time, and take a few seconds.
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
        $crate::session_store_conformance! { @all $store; purge_removes_old_sessions purge_removes_traces_of_reuse }
    };
    ($store:expr, rows_expire $(,)?) => {
        $crate::session_store_conformance! { @all $store; }
    };
    (@all $store:expr; $($more:ident)*) => {
        $crate::session_store_conformance! { @rules $store;
            $($more)*
            create_keeps_the_row_as_given
            create_accepts_any_user_id
            create_accepts_any_label
            all_methods_report_an_unknown_session
            list_returns_the_sessions_of_the_user
            list_compares_user_ids_as_bytes
            advance_changes_the_row
            advance_repeats_a_spent_generation_within_the_grace
            advance_counts_the_grace_from_the_issue
            advance_replaces_a_lost_successor
            advance_treats_a_void_generation_as_reuse
            advance_treats_an_old_token_as_reuse
            advance_without_grace_accepts_a_generation_once
            advance_treats_any_other_generation_as_reuse
            advance_with_a_clock_set_back_extends_no_grace
            advance_refuses_expired_sessions
            advance_repeatedly_keeps_one_row
            advance_keeps_all_other_fields
            prove_changes_the_row
            prove_accepts_only_the_current_generation_once
            advance_repeats_the_previous_generation_within_the_grace
            advance_refuses_a_late_request
            prove_ignores_unknown_sessions
            confirm_changes_the_row
            confirm_lasts
            confirm_requires_the_user_of_the_session
            confirm_ignores_unknown_sessions
            confirm_ignores_expired_sessions
            advance_refuses_another_key
            advance_binds_a_row_without_key
            advance_binds_one_of_two_concurrent_keys
            reuse_leaves_a_trace_until_reported
            trace_of_reuse_is_not_a_session
            end_leaves_no_trace
            end_removes_the_session
            end_all_ends_all_sessions_of_the_user
            end_all_spares_the_excepted_session
            end_all_spares_other_users
            end_removes_expired_sessions
            limit_ends_the_least_recently_refreshed
            limit_counts_only_alive_sessions
            limit_is_per_user
            limit_spares_a_session_being_refreshed
            limit_holds_for_concurrent_logins
            purge_keeps_recent_sessions
            concurrent_advances_make_one_step
            concurrent_advances_without_grace_end_the_session
            concurrent_proofs_and_advances_prove_once
            concurrent_proof_and_replacement_agree
            concurrent_advances_and_ends_leave_an_end
            concurrent_confirms_and_advances_keep_both
            concurrent_confirms_and_ends_leave_an_end
            dropped_advance_is_made_or_not
            dropped_create_is_made_or_not
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

async fn confirm(store: &Store, id: SessionId, userid: &str, now: u64) -> Option<SessionRecord> {
    store.confirm(id, userid, now).await.expect("confirm")
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
