CREATE TABLE IF NOT EXISTS users (
    userid   TEXT PRIMARY KEY,
    nickname TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT FALSE CHECK (is_admin IN (FALSE, TRUE)),
    -- Argon2id, in the PHC string format.
    password TEXT NOT NULL
) STRICT;
