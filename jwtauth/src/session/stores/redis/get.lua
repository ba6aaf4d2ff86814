-- Reads the row of a session.
--
-- KEYS: the session.
-- ARGV: 1 the kind of row: `session`, or `reuse` for the trace of a reuse.
-- Returns the names and values of the row, or an empty list if there is no row of this kind.
local row = read(KEYS[1])
if not row or (row.reused == '1') ~= (ARGV[1] == 'reuse') then return {} end
return list(row)
