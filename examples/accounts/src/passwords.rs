//! Checks passwords against their hashes, in the same time for known and unknown users.

use std::sync::Arc;
use std::thread;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;

pub struct Passwords {
    /// The hash to check for an unknown user, so that the response time does not reveal which users exist.
    unknown: String,
    /// One permit per core: each hash takes a core and 19 MiB for a while.
    pub hashing: Arc<Semaphore>,
}

/// The semaphore is closed, and passwords are no longer checked.
#[derive(Debug)]
pub struct Closed;

impl Passwords {
    pub fn new() -> Self {
        let unknown = Argon2::default().hash_password(b"no user has this hash").expect("the parameters are good");
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Passwords { unknown: unknown.to_string(), hashing: Arc::new(Semaphore::new(cores)) }
    }

    /// Whether the password matches the hash. Always `false` without a hash, which means that the user is unknown.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Closed> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.unknown.clone());
        let permit = Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| Closed)?;
        // Hashing is slow by design, so it must not run on the threads that serve requests. The task holds the permit,
        // because it continues even if the client disconnects.
        let verified = spawn_blocking(move || {
            let _permit = permit;
            Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
        });
        Ok(verified.await.unwrap_or(false) && is_known)
    }
}
