//! Queries for users. Each is one statement, for a pool or a connection.

use jwtauth::{AuthError, Claims, Granted, Permissions};
use rocket_db_pools::sqlx::sqlite::{SqliteExecutor, SqliteRow};
use rocket_db_pools::sqlx::{self, FromRow, Row};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::passwords::{Closed, Passwords};

#[derive(Permissions)]
pub enum Permission {
    #[permission("admin")]
    Administer,
}

/// The claims in a user's token.
#[derive(Serialize, Deserialize, Claims)]
pub struct Profile {
    pub nickname: String,
    pub role: Role,
    pub permissions: Granted<Permission>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Reader,
    Admin,
}

impl Role {
    /// What users of this role may do. Their tokens say so until the next refresh.
    fn permissions(self) -> Granted<Permission> {
        match self {
            Role::Reader => Granted::default(),
            Role::Admin => Granted::from([Permission::Administer]),
        }
    }
}

impl FromRow<'_, SqliteRow> for Profile {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let role = match row.try_get("role")? {
            "reader" => Role::Reader,
            "admin" => Role::Admin,
            role => return Err(sqlx::Error::Decode(format!("there is no role `{role}`").into())),
        };
        Ok(Profile { nickname: row.try_get("nickname")?, role, permissions: role.permissions() })
    }
}

/// The profile of the user with this password.
pub async fn authenticate(
    db: impl SqliteExecutor<'_>,
    passwords: &Passwords,
    userid: &str,
    password: String,
) -> Result<Option<Profile>, Error> {
    let query = sqlx::query("SELECT nickname, role, password FROM users WHERE userid = ?");
    let user = query.bind(userid).fetch_optional(db).await?;
    let hash = user.as_ref().map(|user| user.try_get("password")).transpose()?;
    let verified = passwords.verify(password, hash).await.map_err(|Closed| AuthError::Unavailable)?;
    Ok(user.filter(|_| verified).map(|user| Profile::from_row(&user)).transpose()?)
}

pub async fn profile(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as("SELECT nickname, role FROM users WHERE userid = ?").bind(userid).fetch_optional(db).await
}

pub async fn nonce(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT nonce FROM users WHERE userid = ?").bind(userid).fetch_optional(db).await
}

/// Changes the user's nickname. `None` if the user does not exist.
pub async fn rename(db: impl SqliteExecutor<'_>, userid: &str, nickname: &str) -> sqlx::Result<Option<()>> {
    let query = sqlx::query("UPDATE users SET nickname = ? WHERE userid = ?").bind(nickname).bind(userid);
    Ok((query.execute(db).await?.rows_affected() > 0).then_some(()))
}

/// Changes the user's nonce. `None` if the user does not exist.
pub async fn lock(db: impl SqliteExecutor<'_>, userid: &str) -> sqlx::Result<Option<()>> {
    let query = sqlx::query("UPDATE users SET nonce = hex(randomblob(16)) WHERE userid = ?").bind(userid);
    Ok((query.execute(db).await?.rows_affected() > 0).then_some(()))
}
