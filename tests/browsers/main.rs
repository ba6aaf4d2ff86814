//! Cookies: how a browser logs in, stays logged in and logs out.

mod browser;
mod browser_app;
mod caches;
mod carried;
mod confirm;
mod cross_origin;
mod duplicates;
mod endpoints;
mod login;
mod logout;
mod lost_answers;
mod no_tokens_in_log;
mod oversize;
mod pages;
mod renewal;
mod renewal_fails;
mod settings;
mod sockets;
mod tracked_client;
mod two_nodes;
mod visitors;

use jwtauth_tests::{launch, log, store};
