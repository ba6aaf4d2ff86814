//! The token core: published vectors, another implementation as oracle, strictness, hostile input.

mod allocations;
mod anatomy;
mod app;
mod differences;
mod draft;
mod form;
mod header;
mod hostile;
mod jwk;
mod keys;
mod leaks;
mod oracle;
mod payload;
mod times;
mod vectors;
mod wycheproof;
