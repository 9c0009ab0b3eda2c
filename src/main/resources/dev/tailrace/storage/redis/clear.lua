-- Removes the entries of one device; offsets go on. The stream stays, empty: without it the device could not be written
-- to while its slot is moved, because a node whose slot moves away makes no new key and refuses calls of which one key
-- is missing.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 live (sharded channel)
-- KEYS[2] may be passed as the first of ARGV: see Call.
-- Returns epoch, head, oldest, cleared, parent, fork, lineage, and 1 if watchers could not be informed or 0; nil when
-- there is no ring.

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local meta = redis.pcall('HMGET', KEYS[2], 'epoch', 'head', 'parent', 'fork', 'lineage')
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
-- First, because it hides the entries: if a later command fails they are cleared nevertheless, and never half of them.
redis.call('HSET', KEYS[2], 'cleared', meta[2], 'base', meta[2])
if redis.call('TYPE', KEYS[1]).ok == 'stream' then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
else
  redis.call('DEL', KEYS[1])
end
local heard = redis.pcall('SPUBLISH', ARGV[1], 'C ' .. meta[1] .. ' ' .. meta[2] .. '\n')
return {
  meta[1], head, head + 1, head, meta[3] or '', tonumber(meta[4] or 0) or 0, meta[5] or '',
  type(heard) == 'number' and 0 or 1
}
