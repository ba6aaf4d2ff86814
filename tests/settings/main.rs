//! The settings: what an operator writes, what becomes of it, and what the log says where it can't.
#![allow(missing_docs)]

mod audience;
mod debug_profile;
mod defaults;
mod durations;
mod endless_login;
mod faults;
mod hidden_names;
mod key_faults;
mod key_files;
mod key_forms;
mod key_messages;
mod keys_as_secrets;
mod limits;
mod misplaced;
mod names;
mod overriding;
mod raw_keys;
mod secret_texts;
mod secrets;
mod sentinels;
mod small_order;
mod sources;
mod unknown;

use jwtauth_tests::{launch, pem as keys};
