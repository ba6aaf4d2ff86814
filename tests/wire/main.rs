//! What goes over the wire: every situation, and the exact answer to it.
#![allow(missing_docs)]

mod answers;
mod app;
mod carriers;
mod catchers;
mod claims_types;
mod empty_user_id;
mod endpoint;
mod endpoint_query;
mod endpoint_shapes;
mod guards;
mod issuing;
mod keys;
mod lifetime;
#[path = "../settings/log.rs"]
mod log;
mod login_errors;
mod login_time;
mod nonce;
mod once;
mod recursion;
mod refresh;
mod refresh_errors;
mod refusals;
mod reserved;
mod roles;
mod silence;
mod userid_types;
mod verify;
mod without_runtime;
