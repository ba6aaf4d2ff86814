//! Cookies: how a browser logs in, stays logged in and logs out.

mod browser;
mod browser_app;
mod carried;
mod renewal;

use jwtauth_tests::{log, store};
