-- Notes that the client has a generation. KEYS: the session. ARGV: 1 the generation, 2 now.
local row = read(KEYS[1])
-- A text is from a version whose access tokens do not name a generation.
if not row or row.reused == '1' or is_text then return 0 end
if row.generation ~= ARGV[1] or row.proven >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(list(proof_by(row, ARGV[1], ARGV[2]))))
return 1
