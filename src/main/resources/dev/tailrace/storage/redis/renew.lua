-- Begins a new epoch of a ring whose epoch began under another mastership, so that readers learn of it without an
-- append. The mastership is checked here, because another broker may have been first.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 epoch to take
-- KEYS[2] may be passed as the first of ARGV: see Call.
-- Returns 1 when a new epoch was begun, otherwise 0.

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local meta = redis.call('HMGET', KEYS[2], 'epoch', 'head', 'master')
local epoch, head, master = meta[1], tonumber(meta[2]), mastership()
if not epoch or not head or meta[3] == master then
  return 0
end
redis.call('HSET', KEYS[2], 'lineage', lineage(KEYS[2], head), 'parent', epoch, 'fork', meta[2], 'epoch', ARGV[1], 'master', master)
return 1
