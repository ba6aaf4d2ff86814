-- Creates the row of a session.
--
-- KEYS: the session.
-- ARGV: 1 how many seconds the row is kept; from 2 on, the names and values of its fields, alternating.
-- Returns 1, or 0 if the row exists.

-- Ids are random. The row exists only if the command was sent again after the connection closed.
if read(KEYS[1]) then return 0 end
local row = {}
for i = 2, #ARGV, 2 do row[ARGV[i]] = ARGV[i + 1] end
write(KEYS[1], row, row, tonumber(ARGV[1]))
return 1
