//! Sessions in a table of the application's own database. See schema.sql.

use std::num::NonZeroU32;

use jwtauth::{RefreshOutcome, RefreshStep, SessionId, SessionRecord, SessionStore, StoreError};
use rocket_db_pools::sqlx::{self, FromRow, Row, SqlitePool, query, query_as, sqlite::SqliteRow};

pub struct SqliteStore(pub SqlitePool);

const INSERT: &str = "INSERT INTO sessions (id, userid, generation, created, refreshed, ends_at, nonce_digest, label,
                      key_id, reused, proven, proven_at, previous, carried, auth_time)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const END_TOO_MANY: &str = "DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE userid = ? AND id <> ? AND ends_at > ? AND NOT reused
    ORDER BY refreshed DESC LIMIT -1 OFFSET ?
) RETURNING *";
const ADVANCE: &str =
    "UPDATE sessions SET generation = ?, refreshed = ?, ends_at = ?, key_id = ?, reused = ?, proven = ?,
                       proven_at = ?, previous = ? WHERE id = ?";
const PROVE: &str = "UPDATE sessions SET previous = proven, proven = generation, proven_at = ?
                     WHERE id = ? AND generation = ? AND generation > proven AND NOT reused";
const CONFIRM: &str = "UPDATE sessions SET auth_time = ?
                       WHERE id = ? AND userid = ? AND ends_at > ? AND NOT reused RETURNING *";

// Each transaction starts with a write: SQLite may refuse a write after a read. Results of changing statements are
// read to the end, because otherwise the statement is undone.
#[rocket::async_trait]
impl SessionStore for SqliteStore {
    async fn create(&self, new: &SessionRecord, max: Option<NonZeroU32>) -> Result<Vec<SessionId>, StoreError> {
        let mut transaction = self.0.begin().await.map_err(StoreError::new)?;
        let insert = query(INSERT).bind(new.id.to_string()).bind(&new.userid).bind(integer(new.generation));
        let insert = insert.bind(integer(new.created)).bind(integer(new.refreshed)).bind(integer(new.ends_at));
        let insert = insert.bind(new.nonce_digest.as_ref().map(|digest| &digest[..])).bind(&new.label);
        let insert = insert.bind(new.key_id.as_ref().map(|key_id| &key_id[..])).bind(new.reused);
        let insert = insert.bind(integer(new.proven)).bind(integer(new.proven_at)).bind(new.previous.map(integer));
        let insert = insert.bind(&new.carried).bind(integer(new.auth_time));
        insert.execute(&mut *transaction).await.map_err(StoreError::new)?;
        let others = max.map_or(i64::MAX, |max| i64::from(max.get()) - 1);
        let end = query_as(END_TOO_MANY).bind(&new.userid).bind(new.id.to_string()).bind(integer(new.created));
        let ended = end.bind(others).fetch_all(&mut *transaction).await.map_err(StoreError::new)?;
        transaction.commit().await.map_err(StoreError::new)?;
        Ok(ended.into_iter().map(|Found(session)| session.id).collect())
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        let mut transaction = self.0.begin().await.map_err(StoreError::new)?;
        let locked = query_as("UPDATE sessions SET id = id WHERE id = ? RETURNING *").bind(id.to_string());
        let Some(Found(mut session)) = locked.fetch_optional(&mut *transaction).await.map_err(StoreError::new)? else {
            return Ok(RefreshOutcome::Unknown);
        };
        let advanced = step.apply(&mut session);
        if matches!(advanced, RefreshOutcome::Next { .. } | RefreshOutcome::Reused) {
            let change = query(ADVANCE).bind(integer(session.generation)).bind(integer(session.refreshed));
            let change = change.bind(integer(session.ends_at)).bind(session.key_id.as_ref().map(|key_id| &key_id[..]));
            let change = change.bind(session.reused).bind(integer(session.proven)).bind(integer(session.proven_at));
            let change = change.bind(session.previous.map(integer)).bind(id.to_string());
            change.execute(&mut *transaction).await.map_err(StoreError::new)?;
            transaction.commit().await.map_err(StoreError::new)?;
        }
        Ok(advanced)
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        let prove = query(PROVE).bind(integer(now)).bind(id.to_string()).bind(integer(generation));
        prove.execute(&self.0).await.map(drop).map_err(StoreError::new)
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        let confirm = query_as(CONFIRM).bind(integer(now)).bind(id.to_string()).bind(userid).bind(integer(now));
        let confirmed = confirm.fetch_all(&self.0).await.map_err(StoreError::new)?;
        Ok(confirmed.into_iter().next().map(|Found(session)| session))
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let find = query_as("SELECT * FROM sessions WHERE id = ? AND reused").bind(id.to_string());
        Ok(find.fetch_optional(&self.0).await.map_err(StoreError::new)?.map(|Found(session)| session))
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        let forget = query("DELETE FROM sessions WHERE id = ? AND reused").bind(id.to_string());
        forget.execute(&self.0).await.map(drop).map_err(StoreError::new)
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let get = query_as("SELECT * FROM sessions WHERE id = ? AND NOT reused").bind(id.to_string());
        Ok(get.fetch_optional(&self.0).await.map_err(StoreError::new)?.map(|Found(session)| session))
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let end = query_as("DELETE FROM sessions WHERE id = ? AND NOT reused RETURNING *").bind(id.to_string());
        Ok(end.fetch_all(&self.0).await.map_err(StoreError::new)?.into_iter().next().map(|Found(session)| session))
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let end =
            query_as("DELETE FROM sessions WHERE userid = ? AND id IS NOT ? AND NOT reused RETURNING *").bind(userid);
        let ended = end.bind(except.map(|id| id.to_string())).fetch_all(&self.0).await;
        Ok(ended.map_err(StoreError::new)?.into_iter().map(|Found(session)| session).collect())
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let list = query_as("SELECT * FROM sessions WHERE userid = ? AND ends_at > ? AND NOT reused");
        let list = list.bind(userid).bind(integer(now));
        let rows = list.fetch_all(&self.0).await.map_err(StoreError::new)?;
        Ok(rows.into_iter().map(|Found(session)| session).collect())
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        let purge = query("DELETE FROM sessions WHERE ends_at <= ?").bind(integer(now) - integer(SessionRecord::KEPT));
        Ok(purge.execute(&self.0).await.map_err(StoreError::new)?.rows_affected())
    }
}

/// SQLite's integers are signed. A larger value becomes the maximum, a time that is never reached.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

struct Found(SessionRecord);

impl FromRow<'_, SqliteRow> for Found {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let invalid = |column| sqlx::Error::Decode(format!("the session's `{column}` makes no sense").into());
        let number = |column| u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| invalid(column));
        let id = row.try_get::<&str, _>("id")?.parse().map_err(|_| invalid("id"))?;
        let userid: String = row.try_get("userid")?;
        let digest = row.try_get::<Option<&[u8]>, _>("nonce_digest")?.map(TryInto::try_into).transpose();
        let mut session = SessionRecord::new(id, userid, number("created")?, number("ends_at")?);
        session.generation = number("generation")?;
        session.refreshed = number("refreshed")?;
        session.nonce_digest = digest.map_err(|_| invalid("nonce_digest"))?;
        session.label = row.try_get("label")?;
        let key_id = row.try_get::<Option<&[u8]>, _>("key_id")?.map(TryInto::try_into).transpose();
        session.key_id = key_id.map_err(|_| invalid("key_id"))?;
        session.reused = row.try_get("reused")?;
        (session.proven, session.proven_at) = (number("proven")?, number("proven_at")?);
        let previous = row.try_get::<Option<i64>, _>("previous")?.map(u64::try_from).transpose();
        session.previous = previous.map_err(|_| invalid("previous"))?;
        session.carried = row.try_get("carried")?;
        session.auth_time = number("auth_time")?;
        Ok(Found(session))
    }
}
