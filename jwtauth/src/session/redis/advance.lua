-- Makes a step of a session, by the table of `Advanced`.
-- KEYS: the session. ARGV: 1 the generation presented, 2 the one after it, 3 now, 4 and 5 the first and the last
-- time of `refreshed` that is within the grace, 6 the new end, 7 for how long to keep it then, 8 the name of this
-- step, 9 until when its index has to last at least.
-- Answers U, E, N, R and the end, X and the row that was removed, I and the row whose index has to last longer.
--
-- All numbers are decimal, with zeros in front, and compared as texts: doubles have 53 bits. Only for how long a key
-- is kept is reckoned, and no rule hangs on that.
local row = redis.call('GET', KEYS[1])
if not row then return 'U' end
if #row < 117 or string.sub(row, 1, 1) ~= '1' then return redis.error_reply('ERR the row is not a session') end
local generation = string.sub(row, 2, 21)
local refreshed = string.sub(row, 22, 41)
local ends_at = string.sub(row, 42, 61)
local indexed = string.sub(row, 62, 81)

-- Sent twice, because a connection broke before the answer came: it is done once.
if generation == ARGV[2] and string.sub(row, 82, 97) == ARGV[8] then return 'N' end

if ARGV[3] >= ends_at then return 'E' end
if generation == ARGV[1] then
    local ttl = tonumber(ARGV[7])
    -- A session is never kept for longer than the index that it stands in.
    local left = tonumber(indexed) - tonumber(ARGV[3])
    if left < ttl then ttl = left end
    if ttl < 1 then ttl = 1 end
    local header = '1' .. ARGV[2] .. ARGV[3] .. ARGV[6] .. indexed .. ARGV[8]
    row = header .. string.sub(row, 98)
    redis.call('SET', KEYS[1], row, 'EX', string.format('%.0f', ttl))
    if indexed < ARGV[9] then return 'I' .. row end
    return 'N'
end
if generation == ARGV[2] and ARGV[4] <= refreshed and refreshed <= ARGV[5] then return 'R' .. ends_at end
redis.call('DEL', KEYS[1])
return 'X' .. row
