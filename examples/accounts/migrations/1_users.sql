CREATE TABLE users (
    userid   TEXT PRIMARY KEY,
    nickname TEXT NOT NULL,
    role     TEXT NOT NULL CHECK (role IN ('reader', 'admin')),
    -- Argon2id, in the PHC string format.
    password TEXT NOT NULL,
    -- Stands in the user's tokens; a token with an earlier one can't be refreshed.
    nonce    TEXT NOT NULL DEFAULT (hex(randomblob(16)))
) STRICT;
