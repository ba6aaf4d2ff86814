//! The token core: published vectors, comparison with another implementation, strictness, and hostile input.

mod allocations;
mod canonical_form;
mod decoded_token;
mod doubled_members;
mod errors;
mod explained;
mod header;
mod hostile;
mod issued;
mod jsonwebtoken_differences;
mod jwk;
mod leaks;
mod map_keys;
mod oracle;
mod payload;
mod private_names;
mod signing_keys;
mod swallowed_errors;
mod times;
mod token_app;
mod token_strategy;
mod vectors;
mod verified_cache;
mod wycheproof;
