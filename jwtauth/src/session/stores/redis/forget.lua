-- Deletes the row of a session if it is the trace of a reuse.
--
-- KEYS: the session.
-- Returns 1.
local row = read(KEYS[1])
if row and row.reused == '1' then redis.call('DEL', KEYS[1]) end
return 1
