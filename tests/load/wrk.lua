-- The requests of one slice, for wrk: `-- METHOD PATH TOKENS COUNT ORDER SEED`. Of several paths, separated by commas,
-- each has its turn.
-- TOKENS is a file of tokens of one length, one a line; COUNT of them are sent, in turn ("turn"), uniformly at random
-- ("uniform"), or by Zipf's law with s = 1 ("zipf"). The file is mapped, so that a million tokens cost Lua nothing.

local ffi = require("ffi")
ffi.cdef [[
int open(const char *path, int flags);
void *mmap(void *address, size_t length, int protection, int flags, int descriptor, long offset);
]]

local heads, tail, tokens, length, count, pick

local picks = {}

function picks.turn(seed)
   local last = (seed - 1) % count
   return function()
      last = (last + 1) % count
      return last
   end
end

function picks.uniform()
   return function()
      return math.random(0, count - 1)
   end
end

function picks.zipf()
   -- The ranks whose logarithms are uniform: rank k comes with a probability of log(1 + 1/k) / log(count + 1).
   local scale = math.log(count + 1)
   return function()
      return math.min(math.floor(math.exp(math.random() * scale)), count) - 1
   end
end

function init(args)
   local method, path, file, number, order, seed = unpack(args)
   local opened = assert(io.open(file, "rb"))
   length = #opened:read("*l")
   local size = opened:seek("end")
   opened:close()
   count = tonumber(number)
   assert(count * (length + 1) <= size, "too few tokens in " .. file)
   local descriptor = ffi.C.open(file, 0)
   assert(descriptor >= 0, "can't open " .. file)
   -- PROT_READ, MAP_SHARED
   local mapped = ffi.C.mmap(nil, size, 1, 1, descriptor, 0)
   assert(ffi.cast("intptr_t", mapped) ~= -1, "can't map " .. file)
   tokens = ffi.cast("const char *", mapped)
   heads = {}
   for one in path:gmatch("[^,]+") do
      local line = method .. " " .. one .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port
      table.insert(heads, line .. "\r\nAuthorization: Bearer ")
   end
   tail = (method == "POST" and "\r\nContent-Length: 0" or "") .. "\r\n\r\n"
   math.randomseed(tonumber(seed))
   pick = assert(picks[order], "no such order")(tonumber(seed))
end

-- The requests with the first tokens are kept: wrk has to be quicker than the server.
local kept = {}
local turn, index = 0, 0

function request()
   turn = turn % #heads + 1
   -- All paths see all tokens.
   index = turn == 1 and pick() or index
   kept[turn] = kept[turn] or {}
   local kept_here = kept[turn]
   local kept_one = kept_here[index]
   if kept_one then
      return kept_one
   end
   local made = heads[turn] .. ffi.string(tokens + index * (length + 1), length) .. tail
   if index < 10000 then
      kept_here[index] = made
   end
   return made
end

function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.timeout
   local counts = string.format("%d %d %d %d", summary.requests, summary.duration, errors.status, failed)
   io.write(string.format("\nslice %s %g %g\n", counts, latency:percentile(50), latency:percentile(99)))
end
