//! Hashes and checks passwords. Hashing is slow by design, so it must not run on the threads that serve requests.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jwtauth::AuthError;
use rocket::tokio::{sync::Semaphore, task::spawn_blocking};

/// Each hash takes a core and 19 MiB for a while. So many are computed at once.
static PERMITS: Semaphore = Semaphore::const_new(4);

pub async fn hash(password: String) -> Result<String, AuthError> {
    let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    run(hash).await?.map_err(|_| AuthError::Unavailable)
}

/// Whether the password matches the hash. `false` without a hash, which means that the user is unknown. It takes the same
/// time then, so that nothing shows which users exist.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, AuthError> {
    let Some(expected) = hash else { return self::hash(password).await.map(|_| false) };
    run(move || Argon2::default().verify_password(password.as_bytes(), expected.as_str()).is_ok()).await
}

/// The task holds the permit, because it continues even if the client disconnects.
async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AuthError> {
    let permit = PERMITS.acquire().await.map_err(|_| AuthError::Unavailable)?;
    let done = spawn_blocking(move || (work(), permit)).await;
    done.map(|(result, _)| result).map_err(|_| AuthError::Unavailable)
}
