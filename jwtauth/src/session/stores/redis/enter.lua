-- Adds a session to the index of its user, or extends the lifetime of the index.
--
-- KEYS: the index.
-- ARGV: 1 the id of the session, 2 how many seconds the index must last.
-- Returns 1.
--
-- The score of an id is the time when it was added, in microseconds by the clock of the server. It determines the order
-- of the sessions and the age of an id. A new score is greater than all others in the index, also if the clock was set
-- back.
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
    local time = redis.call('TIME')
    local score = tonumber(time[1]) * 1000000 + tonumber(time[2])
    local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    if last[2] and tonumber(last[2]) >= score then score = tonumber(last[2]) + 1 end
    redis.call('ZADD', KEYS[1], string.format('%.0f', score), ARGV[1])
end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 1
