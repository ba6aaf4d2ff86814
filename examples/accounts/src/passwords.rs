//! Passwords: checked against their hashes, and against none in the same time.

use std::sync::Arc;
use std::thread;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;

pub struct Passwords {
    /// The hash to check for an unknown user: the time of the answer must not tell which users there are.
    unknown: String,
    /// As many hashes at once as there are cores: each takes a core and 19 MiB for a while.
    pub hashing: Arc<Semaphore>,
}

/// No passwords are checked any more.
#[derive(Debug)]
pub struct Closed;

impl Passwords {
    pub fn new() -> Self {
        let unknown = Argon2::default().hash_password(b"no user has this hash").expect("the parameters are good");
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Passwords { unknown: unknown.to_string(), hashing: Arc::new(Semaphore::new(cores)) }
    }

    /// Whether this is the password of the hash; never without a hash, which is to say for an unknown user.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Closed> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.unknown.clone());
        let permit = Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| Closed)?;
        // Hashing is meant to be slow: not on the threads that serve requests. The permit goes along, because a client
        // that hangs up does not stop the hashing.
        let verified = spawn_blocking(move || {
            let _permit = permit;
            Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
        });
        Ok(verified.await.unwrap_or(false) && is_known)
    }
}
