-- Removes the entries of one device; offsets go on.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 live (sharded channel)
-- Returns epoch, head, oldest, cleared, parent, fork; nil when there is no ring.

local meta = redis.pcall('HMGET', KEYS[2], 'epoch', 'head', 'parent', 'fork')
local damaged = meta.err and string.find(meta.err, 'WRONGTYPE', 1, true)
if meta.err and not damaged then
  return meta
end
local head = not damaged and meta[1] and tonumber(meta[2])
if damaged or (meta[1] and not head) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return nil
end
if not meta[1] then
  return nil
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'cleared', meta[2])
redis.call('SPUBLISH', ARGV[1], 'C ' .. meta[1] .. ' ' .. meta[2] .. '\n')
return {meta[1], head, head + 1, head, meta[3] or '', tonumber(meta[4] or 0) or 0}
