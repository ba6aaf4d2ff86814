//! The settings: valid values, their effect, and the log for invalid ones.
#![allow(missing_docs)]

mod audience;
mod debug_profile;
mod defaults;
mod durations;
mod endless_login;
mod faults;
mod hidden_names;
mod key_files;
mod key_forms;
mod limits;
mod misplaced;
mod names;
mod overriding;
mod resource;
mod secrets;
mod sentinels;
mod sources;
mod unknown;

/// Keys and secrets that the settings refuse: alone, in a pair and in the list `keys`.
mod key_faults {
    mod file_contents;
    mod key_list;
    mod keys_as_secrets;
    mod raw_keys;
    mod secret_texts;
    mod single_key;
    mod small_order;
}

use jwtauth_tests::{launch, pem as keys};
