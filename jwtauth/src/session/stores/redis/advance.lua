-- Makes a step of a session, by the table of `Advanced`.
-- KEYS: the session. ARGV: 1 the generation presented, 2 the one after it, 3 now, 4 and 5 the first and the last
-- time of `refreshed` that is within the grace, 6 the new end, 7 for how long to keep it then, 8 the name of this
-- step, 9 until when its index has to last at least, 10 the id of the key presented, 11 for how long to keep the trace of
-- a reuse.
-- Answers U, K (another key), E, N, R and the end, X and the user whose session has ended, I and the user whose index has
-- to last longer.
local row = read(KEYS[1])
if not row or row.reused == '1' then return { 'U' } end

-- Sent twice, because a connection broke before the answer came: it is done once.
if row.generation == ARGV[2] and row.step == ARGV[8] then return { 'N' } end

if row.key_id and row.key_id ~= ARGV[10] then return { 'K' } end
if ARGV[3] >= row.ends_at then return { 'E' } end
if row.generation == ARGV[1] then
    local ttl = tonumber(ARGV[7])
    -- A session is never kept for longer than the index that it stands in.
    local left = tonumber(row.indexed) - tonumber(ARGV[3])
    if left < ttl then ttl = left end
    local changes = { generation = ARGV[2], refreshed = ARGV[3], ends_at = ARGV[6], step = ARGV[8], key_id = ARGV[10] }
    write(KEYS[1], row, changes, ttl)
    if row.indexed < ARGV[9] then return { 'I', row.userid } end
    return { 'N' }
end
if row.generation == ARGV[2] and ARGV[4] <= row.refreshed and row.refreshed <= ARGV[5] then
    return { 'R', row.ends_at }
end
write(KEYS[1], row, { reused = '1', ends_at = ARGV[3] }, tonumber(ARGV[11]))
return { 'X', row.userid }
