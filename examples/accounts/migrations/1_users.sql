CREATE TABLE users (
    userid   TEXT PRIMARY KEY,
    nickname TEXT NOT NULL,
    role     TEXT NOT NULL CHECK (role IN ('reader', 'admin')),
    -- Argon2id, in the PHC string format.
    password TEXT NOT NULL,
    -- Stands in the user's tokens; a token with an earlier one can't be refreshed.
    nonce    TEXT NOT NULL DEFAULT (hex(randomblob(16)))
) STRICT;

-- Their passwords are `wonderland` and `toor`.
INSERT INTO users (userid, nickname, role, password) VALUES
    ('alice', 'Alice', 'reader', '$argon2id$v=19$m=19456,t=2,p=1$FUhdT9HQFraqxKcwdqzXtQ$v8JKDTbZgaB66Ky2wqcR+4wvoSdLRZgDkMjblHOTn/0'),
    ('root', 'Root', 'admin', '$argon2id$v=19$m=19456,t=2,p=1$6xd/ZVe+tQSJoc9Y1+puZw$+z4ywJcMZUjW1ePjC2aNUe66Sjwt/giqqnMUP1cZwZE');
