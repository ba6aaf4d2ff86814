//! Browsers as they are: headless Chromium visits the example `pages` and uses `spa`, and curl uses `accounts` with a
//! cookie jar. Tokens expire in real time, so these tests wait for seconds.
#![allow(missing_docs)]

mod attributes;
mod browser;
mod curl;
mod http;
mod login;
mod lost_response;
mod other_origin;
mod proxy;
mod refused;
mod site;
mod spa;
mod tabs;

use jwtauth_tests::{program, redis_server as redis};
