-- Notes that the index in which a session stands lasts longer, and keeps the session for as long as it should be.
-- KEYS: the session. ARGV: 1 until when the index lasts, 2 now, 3 for how long a session is kept after its end.
local row = redis.call('GET', KEYS[1])
if not row or #row < 117 or string.sub(row, 1, 1) ~= '1' or string.sub(row, 62, 81) >= ARGV[1] then return 0 end
local now = tonumber(ARGV[2])
local ttl = tonumber(string.sub(row, 42, 61)) + tonumber(ARGV[3]) - now
local left = tonumber(ARGV[1]) - now
if left < ttl then ttl = left end
if ttl < 1 then ttl = 1 end
row = string.sub(row, 1, 61) .. ARGV[1] .. string.sub(row, 82)
redis.call('SET', KEYS[1], row, 'EX', string.format('%.0f', ttl))
return 1
