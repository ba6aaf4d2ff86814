-- Records that the index of a session's user lasts longer, and extends the lifetime of the row accordingly.
--
-- KEYS: the session.
-- ARGV: 1 the time until which the index lasts, 2 the current time, 3 how many seconds a row is kept after the end of
-- its session.
-- Returns 1 if the row has changed, otherwise 0.
local row = read(KEYS[1])
if not row or row.reused == '1' or row.indexed >= ARGV[1] then return 0 end
local now = tonumber(ARGV[2])
local ttl = tonumber(row.ends_at) + tonumber(ARGV[3]) - now
local left = tonumber(ARGV[1]) - now
if left < ttl then ttl = left end
write(KEYS[1], row, { indexed = ARGV[1] }, ttl)
return 1
