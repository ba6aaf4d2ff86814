-- Records that the user of a session has authenticated again.
--
-- KEYS: the session.
-- ARGV: 1 the user, 2 the current time.
-- Returns the names and values of the changed row, or an empty list if the user has no such session.
local row = read(KEYS[1])
if not row or row.reused == '1' or row.userid ~= ARGV[1] or ARGV[2] >= row.ends_at then return {} end
if is_text then
    write(KEYS[1], row, { auth_time = ARGV[2] }, redis.call('TTL', KEYS[1]))
else
    -- HSET does not change when the key expires.
    redis.call('HSET', KEYS[1], 'auth_time', ARGV[2])
    row.auth_time = ARGV[2]
end
return list(row)
