-- Begins a new epoch when a ring lost its tail: the broker has seen entries of this epoch beyond the head that is kept.
-- Checked again here, because the ring may have grown past it since the broker looked.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 run id of this server   2 epoch and 3 head that the broker knows   4 epoch to take   5 capacity
-- KEYS[2] may come as the first of ARGV: see Call.
-- Returns epoch, head, oldest, cleared, parent, fork; nil when there is no ring.

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local meta = redis.call('HMGET', KEYS[2], 'epoch', 'head', 'cleared', 'parent', 'fork', 'base', 'room')
if not meta[1] or not tonumber(meta[2]) then
  return nil
end
local epoch, head, parent, fork = meta[1], tonumber(meta[2]), meta[4] or '', tonumber(meta[5] or 0) or 0
if epoch == ARGV[2] and head < tonumber(ARGV[3]) then
  parent, fork, epoch = epoch, head, ARGV[4]
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'parent', parent, 'fork', meta[2], 'run', ARGV[1])
end
local base = redis.call('TYPE', KEYS[1]).ok == 'stream' and (tonumber(meta[6]) or 0) or head
local capacity = math.min(tonumber(ARGV[5]), tonumber(string.match(meta[7] or '', '^%d+') or ARGV[5]))
return {epoch, head, math.max(base, head - capacity) + 1, tonumber(meta[3] or 0) or 0, parent, fork}
