//! The exact HTTP response in every situation.
#![allow(missing_docs)]

mod answers;
mod application_guard;
mod carried;
mod carriers;
mod catchers;
mod checked_once;
mod claims_types;
mod confirm;
mod empty_user_id;
mod endpoint;
mod endpoint_query;
mod endpoint_shapes;
mod guards;
mod issuing;
mod key_pairs;
mod lifetime;
mod local_path;
mod login_errors;
mod login_time;
mod no_tokens_in_log;
mod nonce;
mod recursive_nonce_handler;
mod refresh;
mod refresh_errors;
mod refusals;
mod reserved;
mod userid_types;
mod verify;
mod wire_app;
mod without_runtime;

use jwtauth_tests::log;
