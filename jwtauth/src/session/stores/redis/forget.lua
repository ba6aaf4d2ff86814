-- Removes the trace of a reuse, and no session. KEYS: the session.
local row = read(KEYS[1])
if row and row.reused == '1' then redis.call('DEL', KEYS[1]) end
return 1
