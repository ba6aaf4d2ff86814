//! The users, in SQLite.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use jwtauth::{AuthError, Granted, Permissions};
use rocket::tokio::{sync::Semaphore, task::spawn_blocking};
use rocket::{Build, Config, Rocket, error, fairing};
use rocket_db_pools::Database;
use rocket_db_pools::sqlx::{self, Executor, SqlitePool, query, query_as};

/// Each query holds a connection for itself only: a renewal, which needs one too, never waits for its own route.
#[derive(Database)]
#[database("pages")]
pub struct Users(SqlitePool);

#[derive(Permissions)]
pub enum Permission {
    #[permission("admin")]
    Admin,
}

pub struct User {
    pub userid: String,
    pub nickname: String,
    pub permissions: Granted<Permission>,
    /// The hash of the password.
    password: String,
}

impl Users {
    pub async fn find(&self, userid: &str) -> Result<Option<User>, AuthError> {
        let select = query_as("SELECT userid, nickname, is_admin, password FROM users WHERE userid = ?").bind(userid);
        Ok(select.fetch_optional(&self.0).await.map_err(away)?.map(user))
    }

    /// The user with this password. For an unknown user, it takes the same time, so that nothing shows which users
    /// exist.
    pub async fn authenticate(&self, userid: &str, password: String) -> Result<Option<User>, AuthError> {
        let Some(user) = self.find(userid).await? else { return hash(password).await.map(|_| None) };
        let expected = user.password.clone();
        let verify = move || Argon2::default().verify_password(password.as_bytes(), expected.as_str()).is_ok();
        Ok(run(verify).await?.then_some(user))
    }

    pub async fn list(&self) -> Result<Vec<User>, AuthError> {
        let select = query_as("SELECT userid, nickname, is_admin, password FROM users ORDER BY userid LIMIT 100");
        Ok(select.fetch_all(&self.0).await.map_err(away)?.into_iter().map(user).collect())
    }

    /// Adds a user, or returns the problem.
    pub async fn add(&self, userid: &str, password: String) -> Result<Result<(), &'static str>, AuthError> {
        if password.len() < 8 {
            return Ok(Err("The password is too short."));
        }
        let insert = "INSERT INTO users (userid, nickname, password) VALUES (?1, ?1, ?2) ON CONFLICT DO NOTHING";
        let insert = query(insert).bind(userid).bind(hash(password).await?);
        let is_new = insert.execute(&self.0).await.map_err(away)?.rows_affected() > 0;
        Ok(if is_new { Ok(()) } else { Err("This username is taken.") })
    }

    pub async fn set_nickname(&self, userid: &str, nickname: &str) -> Result<(), AuthError> {
        let update = query("UPDATE users SET nickname = ? WHERE userid = ?").bind(nickname).bind(userid);
        update.execute(&self.0).await.map(drop).map_err(away)
    }

    pub async fn set_password(&self, userid: &str, password: String) -> Result<(), AuthError> {
        let update = query("UPDATE users SET password = ? WHERE userid = ?").bind(hash(password).await?).bind(userid);
        update.execute(&self.0).await.map(drop).map_err(away)
    }
}

fn user((userid, nickname, is_admin, password): (String, String, bool, String)) -> User {
    let permissions = is_admin.then_some(Permission::Admin).into_iter().collect();
    User { userid, nickname, permissions, password }
}

fn away(error: sqlx::Error) -> AuthError {
    error!("the database is unavailable: {error}");
    AuthError::Unavailable
}

async fn hash(password: String) -> Result<String, AuthError> {
    let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    run(hash).await?.map_err(|_| AuthError::Unavailable)
}

/// Hashing is slow by design, so it must not run on the threads that serve requests. Each hash takes a core and 19 MiB
/// for a while. The task holds a permit, because it continues even if the client disconnects.
async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AuthError> {
    static PERMITS: Semaphore = Semaphore::const_new(4);
    let permit = PERMITS.acquire().await.map_err(|_| AuthError::Unavailable)?;
    let done = spawn_blocking(move || (work(), permit)).await;
    done.map(|(result, _)| result).map_err(|_| AuthError::Unavailable)
}

/// Creates the table if it is missing.
pub async fn set_up(rocket: Rocket<Build>) -> fairing::Result {
    let Some(Users(db)) = Users::fetch(&rocket) else { return Err(rocket) };
    // Only the debug profile has users whose passwords everyone knows.
    let seed = if rocket.figment().profile() == Config::DEBUG_PROFILE { include_str!("seed.sql") } else { "" };
    let done = db.execute([include_str!("schema.sql"), seed].concat().as_str()).await.map_err(away);
    if done.is_ok() { Ok(rocket) } else { Err(rocket) }
}
