-- Notes that the index in which a session stands lasts longer, and keeps the session for as long as it should be.
-- KEYS: the session. ARGV: 1 until when the index lasts, 2 now, 3 for how long a session is kept after its end.
local row = read(KEYS[1])
if not row or row.reused == '1' or row.indexed >= ARGV[1] then return 0 end
local now = tonumber(ARGV[2])
local ttl = tonumber(row.ends_at) + tonumber(ARGV[3]) - now
local left = tonumber(ARGV[1]) - now
if left < ttl then ttl = left end
write(KEYS[1], row, { indexed = ARGV[1] }, ttl)
return 1
