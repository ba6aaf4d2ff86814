-- Makes a refresh step. The table of `RefreshOutcome` defines the outcome.
--
-- KEYS: the session.
-- ARGV:
--   1  the presented generation
--   2  the current time
--   3  the earliest time that is within the grace of the current time
--   4  the latest such time; it is before ARGV[3] if the grace is 0
--   5  the new end of the session
--   6  how many seconds the row is kept after a successful step
--   7  the name of this step
--   8  the time until which the index of the user must last
--   9  the id of the presented key
--   10 how many seconds the trace of a reuse is kept
-- Returns a letter for the outcome, and its values:
--   U  Unknown
--   K  OtherKey
--   E  Expired
--   N  Next: the new generation
--   I  Next: the new generation, and the user, whose index must last longer
--   R  Repeated: the generation, and the end of the session
--   F  Refused
--   X  Reused: the user
local row = read(KEYS[1])
if not row or row.reused == '1' then return { 'U' } end

-- The client of Redis sends a step again if the connection closes before the reply arrives. The step is made once.
if row.step == ARGV[7] then return { 'N', row.generation } end

if row.key_id and row.key_id ~= ARGV[9] then return { 'K' } end
if ARGV[2] >= row.ends_at then return { 'E' } end

local function in_grace(time) return ARGV[3] <= time and time <= ARGV[4] end
local is_current = row.generation == ARGV[1]
local is_proven = row.proven == ARGV[1] and ARGV[3] <= ARGV[4]

if is_current or (is_proven and not in_grace(row.refreshed)) then
    local ttl = tonumber(ARGV[6])
    -- A row must not outlast the index of its user. Otherwise the session could not be found by user.
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
