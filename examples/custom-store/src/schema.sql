-- Who reads does not wait for who writes. A database remembers it.
PRAGMA journal_mode = WAL;

CREATE TABLE IF NOT EXISTS users (
    userid   TEXT PRIMARY KEY,
    nickname TEXT NOT NULL,
    -- Argon2id, in the PHC string format.
    password TEXT NOT NULL
) STRICT;

-- Times are in seconds since the epoch.
CREATE TABLE IF NOT EXISTS sessions (
    id           TEXT PRIMARY KEY,
    userid       TEXT NOT NULL,
    generation   INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    refreshed    INTEGER NOT NULL,
    proven       INTEGER NOT NULL,
    proven_at    INTEGER NOT NULL,
    previous     INTEGER,
    ends_at      INTEGER NOT NULL,
    nonce_digest BLOB,
    label        TEXT NOT NULL,
    key_id       BLOB,
    -- JSON text.
    carried      TEXT,
    auth_time    INTEGER NOT NULL,
    -- 1: no session any more, but the trace of a reuse.
    reused       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (userid);
