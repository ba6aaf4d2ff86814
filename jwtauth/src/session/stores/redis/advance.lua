-- Makes a step of a session, by the table of `RefreshOutcome`.
-- KEYS: the session. ARGV: 1 the generation presented, 2 now, 3 and 4 the first and the last time that is within the
-- grace of now, the first after the last if there is no grace, 5 the new end, 6 for how long to keep it then, 7 the name
-- of this step, 8 until when its index has to last at least, 9 the id of the key presented, 10 for how long to keep the
-- trace of a reuse.
-- Answers U, K (another key), E, N and the new generation, I with that and the user whose index has to last longer, R with
-- the generation and the end, F (refused), X and the user whose session has ended.
local row = read(KEYS[1])
if not row or row.reused == '1' then return { 'U' } end

-- Sent twice, because a connection broke before the answer came: it is done once.
if row.step == ARGV[7] then return { 'N', row.generation } end

if row.key_id and row.key_id ~= ARGV[9] then return { 'K' } end
if ARGV[2] >= row.ends_at then return { 'E' } end

local function in_grace(time) return ARGV[3] <= time and time <= ARGV[4] end
local is_current = row.generation == ARGV[1]
local is_proven = row.proven == ARGV[1] and ARGV[3] <= ARGV[4]

if is_current or (is_proven and not in_grace(row.refreshed)) then
    local ttl = tonumber(ARGV[6])
    -- A session is never kept for longer than the index that it stands in.
    local left = tonumber(row.indexed) - tonumber(ARGV[2])
    if left < ttl then ttl = left end
    local changes = proof_by(row, ARGV[1], ARGV[2])
    changes.generation = plus(row.generation, 1)
    changes.refreshed, changes.ends_at, changes.step, changes.key_id = ARGV[2], ARGV[5], ARGV[7], ARGV[9]
    write(KEYS[1], row, changes, ttl)
    if row.indexed < ARGV[8] then return { 'I', row.generation, row.userid } end
    return { 'N', row.generation }
end
if is_proven then return { 'R', row.generation, row.ends_at } end
if row.previous == ARGV[1] and in_grace(row.proven_at) then
    if row.generation == row.proven then return { 'R', row.generation, row.ends_at } end
    return { 'F' }
end
write(KEYS[1], row, { reused = '1', ends_at = ARGV[2] }, tonumber(ARGV[10]))
return { 'X', row.userid }
