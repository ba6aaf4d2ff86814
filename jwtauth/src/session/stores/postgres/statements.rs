use sha2::{Digest, Sha256};

use super::table::Table;

/// The SQL statements of the store. The isolation level is READ COMMITTED: a statement sees the data that was committed
/// before it began. If it waits for a locked row, it sees the row as the other transaction left it.
pub(super) struct Statements {
    pub(super) advance: String,
    pub(super) prove: String,
    pub(super) confirm: String,
    pub(super) create: String,
    pub(super) create_within: String,
    pub(super) find_reuse: String,
    pub(super) forget_reuse: String,
    pub(super) get: String,
    pub(super) end: String,
    pub(super) end_all: String,
    pub(super) list: String,
    pub(super) blocks: String,
    pub(super) purge: String,
    table: String,
}

/// The columns of a row, for reading and writing.
pub(super) const COLUMNS: &str = "id, userid, generation, created, refreshed, ends_at, nonce_digest, label, key_id, reused, proven, proven_at, \
     previous, carried, auth_time";

/// The parameters of [`COLUMNS`].
const VALUES: &str = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15";

/// The condition that a row is a session and not the trace of a reuse. In rows that are older than the column, it is
/// `NULL`.
const SESSION: &str = "reused IS NOT TRUE";

/// The newest proven generation. In a row that is older than the column, each generation below the current one was
/// presented.
const PROVEN: &str = "coalesce(proven, greatest(generation - 1, 0))";

/// The state of the proof of generations, with the same defaults as `SessionRecord::assume_proof`.
const PROOF: &str = "coalesce(proven, greatest(generation - 1, 0)) AS proven, coalesce(proven_at, refreshed) AS proven_at, \
                     CASE WHEN proven IS NOT NULL THEN previous WHEN generation > 1 THEN generation - 2 END AS previous";

impl Statements {
    /// The number of blocks that one step of a purge reads: 8 MB, some tens of thousands of rows.
    pub(super) const BLOCKS_AT_ONCE: u64 = 1024;

    pub(super) fn new(table: &Table) -> Self {
        let t = table.quoted();
        Statements {
            // `FOR UPDATE` comes first, because the other parts need its result. It waits for other locks on the row,
            // and returns the newest row, or none if it is gone. From then until the commit, the row is locked. Each
            // UPDATE finds the row as of the start of the statement. If that is not the newest version, PostgreSQL
            // continues with the newest, locked version, checks the id again, and updates it. So `generation + 1` is
            // based on the row that was checked. At most one of the two UPDATEs changes something. Columns that are not
            // named here keep their values.
            //
            // The proof has the same effect for both generations that can step: the current one becomes proven, and the
            // proven one stays proven.
            advance: format!(
                "WITH held AS MATERIALIZED (
                     SELECT generation, refreshed, ends_at, key_id, {PROOF} FROM {t}
                     WHERE id = $1::bytea AND {SESSION} FOR UPDATE
                 ), judged AS MATERIALIZED (
                     SELECT *, CASE
                         WHEN key_id <> $6::bytea THEN 'other key'
                         WHEN $3::bigint >= ends_at THEN 'expired'
                         WHEN generation = $2::bigint THEN 'next'
                         WHEN $4::bigint = 0 THEN 'reused'
                         WHEN proven = $2::bigint THEN CASE
                             WHEN abs($3::bigint - refreshed) <= $4::bigint THEN 'repeated' ELSE 'next' END
                         WHEN previous = $2::bigint AND abs($3::bigint - proven_at) <= $4::bigint THEN CASE
                             WHEN generation = proven THEN 'repeated' ELSE 'refused' END
                         ELSE 'reused'
                     END AS answer FROM held
                 ), stepped AS (
                     UPDATE {t} AS row SET generation = row.generation + 1, refreshed = $3::bigint, ends_at = $5::bigint,
                         key_id = $6::bytea, proven = $2::bigint,
                         proven_at = CASE WHEN judged.proven = $2::bigint THEN judged.proven_at ELSE $3::bigint END,
                         previous = CASE WHEN judged.proven = $2::bigint THEN judged.previous ELSE judged.proven END
                     FROM judged WHERE row.id = $1::bytea AND judged.answer = 'next'
                 ), ended AS (
                     UPDATE {t} AS row SET reused = true, ends_at = $3::bigint
                     FROM judged WHERE row.id = $1::bytea AND judged.answer = 'reused'
                 )
                 SELECT answer, generation, ends_at FROM judged"
            ),
            // An UPDATE that waits for the row checks its condition again on the newest version. The same applies to
            // the next statement.
            prove: format!(
                "UPDATE {t} SET previous = {PROVEN}, proven = $2::bigint, proven_at = $3::bigint
                 WHERE id = $1::bytea AND {SESSION} AND generation = $2::bigint AND {PROVEN} < $2::bigint"
            ),
            confirm: format!(
                "UPDATE {t} SET auth_time = $3::bigint
                 WHERE id = $1::bytea AND userid = $2::bytea AND {SESSION} AND ends_at > $3::bigint RETURNING {COLUMNS}"
            ),
            create: format!("INSERT INTO {t} ({COLUMNS}) VALUES ({VALUES})"),
            // The lock of the user is held, so no other login runs between counting and inserting. If several rows are
            // locked, here and below, they are locked in the order of their ids. This prevents deadlocks.
            create_within: format!(
                "WITH alive AS MATERIALIZED (
                     SELECT id, refreshed FROM {t} WHERE userid = $2::bytea AND ends_at > $4::bigint AND {SESSION}
                     ORDER BY id FOR UPDATE
                 ), ended AS (
                     DELETE FROM {t} AS row
                     USING (SELECT id FROM alive ORDER BY refreshed DESC, id DESC OFFSET $16::bigint) AS least
                     WHERE row.id = least.id RETURNING row.id
                 ), begun AS (
                     INSERT INTO {t} ({COLUMNS}) VALUES ({VALUES})
                 )
                 SELECT id FROM ended"
            ),
            find_reuse: format!("SELECT {COLUMNS} FROM {t} WHERE id = $1::bytea AND reused"),
            forget_reuse: format!("DELETE FROM {t} WHERE id = $1::bytea AND reused"),
            get: format!("SELECT {COLUMNS} FROM {t} WHERE id = $1::bytea AND {SESSION}"),
            end: format!("DELETE FROM {t} WHERE id = $1::bytea AND {SESSION} RETURNING {COLUMNS}"),
            end_all: format!(
                "WITH theirs AS MATERIALIZED (
                     SELECT id AS held FROM {t} WHERE userid = $1::bytea AND id IS DISTINCT FROM $2::bytea AND {SESSION}
                     ORDER BY id FOR UPDATE
                 )
                 DELETE FROM {t} USING theirs WHERE id = held RETURNING {COLUMNS}"
            ),
            list: format!("SELECT {COLUMNS} FROM {t} WHERE userid = $1::bytea AND ends_at > $2::bigint AND {SESSION}"),
            blocks: format!("SELECT pg_relation_size('{t}'::regclass) / current_setting('block_size')::bigint"),
            // The purge scans by block, because an index on `ends_at` would make each refresh write to all indexes, and
            // a purge runs only once an hour. A row that has run out is not written any more, so it stays in its block.
            purge: format!(
                "WITH old AS MATERIALIZED (
                     SELECT id FROM {t} WHERE ctid >= $1::text::tid AND ctid < $2::text::tid AND ends_at <= $3::bigint
                     ORDER BY id FOR UPDATE
                 ), gone AS (
                     DELETE FROM {t} AS row USING old WHERE row.id = old.id RETURNING 1
                 )
                 SELECT count(*) FROM gone"
            ),
            table: t,
        }
    }

    /// The name of the lock for logins of one user. Two users may share a name. Their logins then wait for each other
    /// without need.
    pub(super) fn lock_of(&self, userid: &str) -> i64 {
        lock("user", &self.table, userid)
    }
}

/// The name of an advisory lock.
pub(super) fn lock(what: &str, table: &str, userid: &str) -> i64 {
    let digest = Sha256::digest(format!("jwtauth {what}\0{table}\0{userid}"));
    i64::from_be_bytes(std::array::from_fn(|i| digest[i]))
}
