//! The users, in SQLite.

use rocket::{Build, Config, Rocket, error, fairing};
use rocket_db_pools::Database;
use rocket_db_pools::sqlx::{self, Executor, SqlitePool};

/// Each query holds a connection for itself only: a renewal, which needs one too, never waits for its own route.
#[derive(Database)]
#[database("pages")]
pub struct Db(SqlitePool);

pub struct User {
    pub userid: String,
    pub nickname: String,
    pub is_admin: bool,
    /// The hash of the password.
    pub password: String,
}

impl Db {
    pub async fn user(&self, userid: &str) -> sqlx::Result<Option<User>> {
        let select = "SELECT userid, nickname, is_admin, password FROM users WHERE userid = ?";
        Ok(sqlx::query_as(select).bind(userid).fetch_optional(&self.0).await?.map(user))
    }

    pub async fn users(&self) -> sqlx::Result<Vec<User>> {
        let select = "SELECT userid, nickname, is_admin, password FROM users ORDER BY userid LIMIT 100";
        Ok(sqlx::query_as(select).fetch_all(&self.0).await?.into_iter().map(user).collect())
    }

    /// Adds a user. `false` if there is one with this id.
    pub async fn add(&self, userid: &str, password: &str) -> sqlx::Result<bool> {
        let insert = "INSERT INTO users (userid, nickname, password) VALUES (?1, ?1, ?2) ON CONFLICT DO NOTHING";
        Ok(sqlx::query(insert).bind(userid).bind(password).execute(&self.0).await?.rows_affected() > 0)
    }

    pub async fn rename(&self, userid: &str, nickname: &str) -> sqlx::Result<()> {
        let query = sqlx::query("UPDATE users SET nickname = ? WHERE userid = ?").bind(nickname).bind(userid);
        query.execute(&self.0).await.map(|_| ())
    }
}

fn user((userid, nickname, is_admin, password): (String, String, bool, String)) -> User {
    User { userid, nickname, is_admin, password }
}

/// Creates the table if it is missing.
pub async fn set_up(rocket: Rocket<Build>) -> fairing::Result {
    let Some(Db(db)) = Db::fetch(&rocket) else { return Err(rocket) };
    // Only the debug profile has users whose passwords everyone knows.
    let is_debug = rocket.figment().profile() == Config::DEBUG_PROFILE;
    let seed = if is_debug { include_str!("seed.sql") } else { "" };
    let done = db.execute([include_str!("schema.sql"), seed].concat().as_str()).await;
    let done = done.inspect_err(|error| error!("the database can't be set up: {error}"));
    if done.is_ok() { Ok(rocket) } else { Err(rocket) }
}
