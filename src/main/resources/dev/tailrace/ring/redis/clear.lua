-- Removes the entries of one device; offsets go on.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 live (sharded channel)
-- Returns epoch, head, oldest, cleared, parent, fork; nil when there is no ring.

local meta = redis.call('HMGET', KEYS[2], 'epoch', 'head', 'parent', 'fork')
if not meta[1] then
  return nil
end
local head = tonumber(meta[2])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'cleared', meta[2])
redis.call('SPUBLISH', ARGV[1], 'C ' .. meta[1] .. ' ' .. meta[2] .. '\n')
return {meta[1], head, head + 1, head, meta[3] or '', tonumber(meta[4] or 0)}
