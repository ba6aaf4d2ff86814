-- Removes ids from the index of a user. Their sessions have no row.
--
-- KEYS: the index.
-- ARGV: 1 the minimum age of an id in microseconds, from 2 on the ids.
-- Returns 1.
local time = redis.call('TIME')
local latest = tonumber(time[1]) * 1000000 + tonumber(time[2]) - tonumber(ARGV[1])
for i = 2, #ARGV do
    local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if score and (ARGV[1] == '0' or tonumber(score) <= latest) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1
