//! The token core: published vectors, another implementation as oracle, strictness, hostile input.

mod allocations;
mod anatomy;
mod app;
mod differences;
mod doubled_members;
mod draft;
mod errors;
mod explained;
mod form;
mod header;
mod hostile;
mod issued;
mod jwk;
mod keys;
mod leaks;
mod map_keys;
mod oracle;
mod payload;
mod private_names;
mod remembered;
mod swallowed_errors;
mod times;
mod vectors;
mod wycheproof;
