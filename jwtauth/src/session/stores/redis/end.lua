-- Deletes the row of a session.
--
-- KEYS: the session.
-- ARGV: 1 the generation that the row must have, or an empty text for any.
-- Returns D and the names and values of the deleted row, C if the row has another generation, or an empty list if there
-- is no such session.
local row = read(KEYS[1])
if not row or row.reused == '1' then return {} end
if ARGV[1] ~= '' and ARGV[1] ~= row.generation then return { 'C' } end
redis.call('DEL', KEYS[1])
return { 'D', unpack(list(row)) }
