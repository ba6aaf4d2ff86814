-- The beginning of all scripts that use rows. `row.rs` describes the format of a row.
--
-- Numbers are compared as texts, because a number of Lua has only 53 bits. All numbers have 20 digits, so the order is
-- the same. All times and lifetimes are in seconds. Scripts keep the fields that they do not name.
--
-- An earlier version wrote a row as one text: `1`, generation, refreshed, ends_at, indexed, step (16 digits), created,
-- nonce_digest, a space, the length of the label, a space, the label, and the user id. The next write turns such a row
-- into a hash.

-- Whether the row that was read is a text.
local is_text = false

-- Adds to a number. Generations stay below 2^53, so the result is exact.
local function plus(text, difference) return string.format('%020.0f', tonumber(text) + difference) end

-- Reads the row of a session as a table. Returns nil if there is none. Fails if the value is not a row.
local function read(key)
    local flat, row = redis.pcall('HGETALL', key), {}
    if flat.err then
        if string.sub(flat.err, 1, 9) ~= 'WRONGTYPE' then error(flat.err) end
        local text = redis.call('GET', key)
        local digest, length, after = string.match(text, '^(%x*) (%d+) ()', 118)
        if not digest or string.sub(text, 1, 1) ~= '1' then error('the row is not a session') end
        is_text = true
        row.generation = string.sub(text, 2, 21)
        row.refreshed = string.sub(text, 22, 41)
        row.ends_at = string.sub(text, 42, 61)
        row.indexed = string.sub(text, 62, 81)
        row.step = string.sub(text, 82, 97)
        row.created = string.sub(text, 98, 117)
        if digest ~= '' then row.nonce_digest = digest end
        row.label = string.sub(text, after, after + length - 1)
        row.userid = string.sub(text, after + length)
    else
        if #flat == 0 then return nil end
        for i = 1, #flat, 2 do row[flat[i]] = flat[i + 1] end
    end
    for _, name in ipairs({ 'generation', 'refreshed', 'ends_at', 'indexed', 'created' }) do
        if not row[name] or #row[name] ~= 20 then error('the row is not a session') end
    end
    if not row.userid then error('the row is not a session') end
    -- The row is from a version without these fields. There, each generation was presented before the next was issued.
    if not row.proven then
        local generation = tonumber(row.generation)
        row.proven = generation > 0 and plus(row.generation, -1) or row.generation
        row.proven_at = row.refreshed
        row.previous = generation > 1 and plus(row.generation, -2) or nil
    end
    if #row.proven ~= 20 or not row.proven_at or #row.proven_at ~= 20 then error('the row is not a session') end
    return row
end

-- Returns the names and values of a table as one list, alternating.
local function list(row)
    local flat = {}
    for name, value in pairs(row) do
        flat[#flat + 1] = name
        flat[#flat + 1] = value
    end
    return flat
end

-- Returns the fields of the proof after the client has presented a generation: the current one or the proven one.
local function proof_by(row, generation, now)
    if row.proven == generation then
        return { proven = row.proven, proven_at = row.proven_at, previous = row.previous }
    end
    return { proven = generation, proven_at = now, previous = row.proven }
end

-- Writes the changed fields. The row is kept for `ttl` seconds from now on.
local function write(key, row, changes, ttl)
    for name, value in pairs(changes) do row[name] = value end
    if is_text then
        redis.call('DEL', key)
        changes = row
    end
    redis.call('HSET', key, unpack(list(changes)))
    if ttl < 1 then ttl = 1 end
    redis.call('EXPIRE', key, string.format('%.0f', ttl))
end

