-- Her password is `wonderland`.
INSERT OR IGNORE INTO users (userid, nickname, password) VALUES
    ('alice', 'Alice', '$argon2id$v=19$m=19456,t=2,p=1$FUhdT9HQFraqxKcwdqzXtQ$v8JKDTbZgaB66Ky2wqcR+4wvoSdLRZgDkMjblHOTn/0');
