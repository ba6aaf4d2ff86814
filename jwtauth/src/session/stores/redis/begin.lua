-- Begins a session. KEYS: the session. ARGV: 1 for how long to keep it, 2 and so on names and values of its fields.
-- There is one already only if this was sent twice, because a connection broke: ids are random.
if read(KEYS[1]) then return 0 end
local row = {}
for i = 2, #ARGV, 2 do row[ARGV[i]] = ARGV[i + 1] end
write(KEYS[1], row, row, tonumber(ARGV[1]))
return 1
