-- Removes a session. KEYS: the session. ARGV: 1 the generation that it must have, or nothing.
-- Answers D and names and values of the row that was removed; nothing where there was none; C where it has another
-- generation.
local row = read(KEYS[1])
if not row or row.reused == '1' then return {} end
if ARGV[1] ~= '' and ARGV[1] ~= row.generation then return { 'C' } end
redis.call('DEL', KEYS[1])
return { 'D', unpack(list(row)) }
