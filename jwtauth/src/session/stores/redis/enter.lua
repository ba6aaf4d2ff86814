-- Enters a session into the index of its user, or makes the index last longer.
-- KEYS: the index. ARGV: 1 the session's id, 2 for how long the index has to last, in seconds.
--
-- The score is the microsecond at which it was entered: it says who came first, and what has stood there for long. The
-- server's clock is good enough for both, since no two have the same, and none is smaller than one before it.
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
    local time = redis.call('TIME')
    local score = tonumber(time[1]) * 1000000 + tonumber(time[2])
    local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    if last[2] and tonumber(last[2]) >= score then score = tonumber(last[2]) + 1 end
    redis.call('ZADD', KEYS[1], string.format('%.0f', score), ARGV[1])
end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 1
