//! The database: created, migrated and, in the debug profile, filled with test users at ignition.

use rocket::fairing::{self, AdHoc};
use rocket::{Build, Rocket, error};
use rocket_db_pools::Database;
use rocket_db_pools::sqlx::{self, Executor, SqlitePool};

#[derive(Database)]
#[database("accounts")]
pub struct Db(SqlitePool);

/// The migrations to the current schema. The database stores the number of applied migrations in `user_version`.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/1_users.sql")];

pub fn stage() -> AdHoc {
    AdHoc::on_ignite("Accounts Database", |rocket| async {
        rocket.attach(Db::init()).attach(AdHoc::try_on_ignite("Accounts Migrations", migrated))
    })
}

async fn migrated(rocket: Rocket<Build>) -> fairing::Result {
    let Some(db) = Db::fetch(&rocket) else { return Err(rocket) };
    // Only the debug profile has users whose passwords everyone knows.
    let is_debug = rocket.figment().profile() == rocket::Config::DEBUG_PROFILE;
    match migrate(db, is_debug).await {
        Ok(()) => Ok(rocket),
        Err(error) => {
            error!("the accounts database can't be migrated: {error}");
            Err(rocket)
        }
    }
}

async fn migrate(db: &SqlitePool, is_debug: bool) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    let taken: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
    for (step, migration) in (1..).zip(MIGRATIONS).skip(taken as usize) {
        transaction.execute(migration).await?;
        transaction.execute(format!("PRAGMA user_version = {step}").as_str()).await?;
    }
    if is_debug {
        transaction.execute(include_str!("seed.sql")).await?;
    }
    transaction.commit().await
}
