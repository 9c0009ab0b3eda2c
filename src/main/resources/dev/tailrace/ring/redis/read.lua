-- Reads consecutive entries of one device together with the state of its ring.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 first offset wanted   2 entries at most   3 bytes after which to stop   4 capacity
-- Returns epoch, head, oldest, cleared, parent, fork, first, then the entries, one or a few
-- joined by newlines at a time; nil when there is no ring.

-- In one expression, which is a single copy; table.concat costs more than all the rest, and so does a reply of single entries.
local function join(e, count, answer)
  local n, i = '\n', 1
  while i + 7 <= count do
    answer[#answer + 1] = e[i] .. n .. e[i + 1] .. n .. e[i + 2] .. n .. e[i + 3] .. n .. e[i + 4] .. n .. e[i + 5]
      .. n .. e[i + 6] .. n .. e[i + 7]
    i = i + 8
  end
  while i <= count do
    answer[#answer + 1] = e[i]
    i = i + 1
  end
end

local meta = redis.call('HMGET', KEYS[2], 'epoch', 'head', 'cleared', 'parent', 'fork')
if not meta[1] then
  return nil
end
local head, capacity = tonumber(meta[2]), tonumber(ARGV[4])
local length = redis.call('LLEN', KEYS[1])
local base = head - length
local oldest = math.max(base, head - capacity) + 1
local first = math.max(tonumber(ARGV[1]), oldest)
local last = math.min(head, first + tonumber(ARGV[2]) - 1)
local max_bytes = tonumber(ARGV[3])

local answer = {meta[1], head, oldest, tonumber(meta[3] or 0), meta[4] or '', tonumber(meta[5] or 0), first}
local at, step, bytes = first, 64, 0
while at <= last and bytes < max_bytes do
  local entries = redis.call('LRANGE', KEYS[1], at - base - 1, math.min(at + step - 1, last) - base - 1)
  local count = 0
  while count < #entries and bytes < max_bytes do
    count = count + 1
    bytes = bytes + #entries[count] + 1
  end
  join(entries, count, answer)
  at = at + step
  -- As many as are likely to fit, because what max_bytes leaves out was copied in vain.
  step = math.min(at - first, math.ceil((max_bytes - bytes) * (at - first) / bytes))
end
return answer
