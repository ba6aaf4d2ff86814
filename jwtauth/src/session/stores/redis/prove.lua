-- Records that the client has a generation: it is proven, as `RefreshOutcome` defines.
--
-- KEYS: the session.
-- ARGV: 1 the generation, 2 the current time.
-- Returns 1 if the row has changed, otherwise 0.
local row = read(KEYS[1])
-- A row that is a text was written by a version whose access tokens contain no generation.
if not row or row.reused == '1' or is_text then return 0 end
if row.generation ~= ARGV[1] or row.proven >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(list(proof_by(row, ARGV[1], ARGV[2]))))
return 1
