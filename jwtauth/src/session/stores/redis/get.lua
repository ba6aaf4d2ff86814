-- Answers the names and values of a row. KEYS: the session. ARGV: 1 what is meant: `session`, or `reuse`, which is the
-- trace of one.
local row = read(KEYS[1])
if not row or (row.reused == '1') ~= (ARGV[1] == 'reuse') then return {} end
return list(row)
