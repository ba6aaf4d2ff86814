//! The users: what is known of them, and how it changes. One statement each, for a pool or a connection.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jwtauth::Claims;
use rocket::tokio::task::spawn_blocking;
use rocket_db_pools::sqlx::sqlite::{SqliteExecutor, SqliteRow};
use rocket_db_pools::sqlx::{self, FromRow, Row};
use serde::{Deserialize, Serialize};

/// What a token says of its user.
#[derive(Serialize, Deserialize, Claims)]
pub struct Profile {
    pub nickname: String,
    pub role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Reader,
    Admin,
}

impl FromRow<'_, SqliteRow> for Profile {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let role = match row.try_get("role")? {
            "reader" => Role::Reader,
            "admin" => Role::Admin,
            role => return Err(sqlx::Error::Decode(format!("there is no role `{role}`").into())),
        };
        Ok(Profile { nickname: row.try_get("nickname")?, role })
    }
}

/// The profile of the user who has this password.
pub async fn authenticate(
    db: impl SqliteExecutor<'_>,
    userid: &str,
    password: String,
) -> sqlx::Result<Option<Profile>> {
    let query = sqlx::query("SELECT nickname, role, password FROM users WHERE userid = ?");
    let user = query.bind(userid).fetch_optional(db).await?;
    let hash = user.as_ref().map(|user| user.try_get("password")).transpose()?;
    // Hashing is slow on purpose, so not on the threads that serve requests.
    let verified = spawn_blocking(move || verify(password.as_bytes(), hash)).await.unwrap_or(false);
    user.filter(|_| verified).map(|user| Profile::from_row(&user)).transpose()
}

/// Without a hash, which is to say for nobody, it takes just as long: time must not tell who is a user.
fn verify(password: &[u8], hash: Option<String>) -> bool {
    match hash {
        Some(hash) => Argon2::default().verify_password(password, hash.as_str()).is_ok(),
        None => {
            let _ = Argon2::default().hash_password(password);
            false
        }
    }
}

pub async fn profile(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as("SELECT nickname, role FROM users WHERE userid = ?").bind(userid).fetch_optional(db).await
}

pub async fn nonce(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT nonce FROM users WHERE userid = ?").bind(userid).fetch_optional(db).await
}

/// Gives the user another nickname. `None` if there is no such user.
pub async fn rename(db: impl SqliteExecutor<'_>, userid: &str, nickname: &str) -> sqlx::Result<Option<()>> {
    let query = sqlx::query("UPDATE users SET nickname = ? WHERE userid = ?").bind(nickname).bind(userid);
    Ok((query.execute(db).await?.rows_affected() > 0).then_some(()))
}

/// Gives the user another nonce. `None` if there is no such user.
pub async fn lock(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<()>> {
    let query = sqlx::query("UPDATE users SET nonce = hex(randomblob(16)) WHERE userid = ?").bind(userid);
    Ok((query.execute(db).await?.rows_affected() > 0).then_some(()))
}
