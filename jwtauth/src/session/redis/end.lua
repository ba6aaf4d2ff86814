-- Removes a session. KEYS: the session. ARGV: 1 the row as it must be, or nothing.
-- Answers the row that was removed; nothing where there was none; C where it is not as it must be.
local row = redis.call('GET', KEYS[1])
if not row then return '' end
if #row < 117 or string.sub(row, 1, 1) ~= '1' then return redis.error_reply('ERR the row is not a session') end
if ARGV[1] ~= '' and ARGV[1] ~= row then return 'C' end
redis.call('DEL', KEYS[1])
return row
