-- Reads consecutive entries of one device together with the state of its ring.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 first offset wanted   2 entries at most   3 bytes after which to stop   4 capacity
-- Returns epoch, head, oldest, cleared, parent, fork, first, entries joined by newlines; nil when there is no ring.

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

local entries, count, bytes, at = {}, 0, 0, first
while at <= last and bytes < max_bytes do
  -- In steps, because what max_bytes leaves out would have been copied in vain.
  local step = redis.call('LRANGE', KEYS[1], at - base - 1, math.min(at + 127, last) - base - 1)
  for i = 1, #step do
    if bytes >= max_bytes then
      break
    end
    count = count + 1
    entries[count] = step[i]
    bytes = bytes + #step[i] + 1
  end
  at = at + 128
end
return {
  meta[1], head, oldest, tonumber(meta[3] or 0), meta[4] or '', tonumber(meta[5] or 0), first,
  table.concat(entries, '\n')
}
