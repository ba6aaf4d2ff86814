-- For trying it out. Their passwords are `wonderland` and `toor`.
INSERT INTO users (userid, nickname, is_admin, password)
SELECT * FROM (VALUES
    ('alice', 'Alice', FALSE, '$argon2id$v=19$m=19456,t=2,p=1$FUhdT9HQFraqxKcwdqzXtQ$v8JKDTbZgaB66Ky2wqcR+4wvoSdLRZgDkMjblHOTn/0'),
    ('root', 'Root', TRUE, '$argon2id$v=19$m=19456,t=2,p=1$6xd/ZVe+tQSJoc9Y1+puZw$+z4ywJcMZUjW1ePjC2aNUe66Sjwt/giqqnMUP1cZwZE')
) WHERE NOT EXISTS (SELECT 1 FROM users);
