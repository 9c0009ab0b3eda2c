-- The beginning of each script that numbers entries or may begin a new epoch.
--
-- A mastership is the time during which one server process is master without a break. Its name is the server's
-- replication id, which is new after every start and every promotion, also of a process that was master before. A
-- ring's meta holds the name of the mastership that began its epoch, and only that one gives out offsets in it: what a
-- server acknowledged within its mastership it does not lose within it, and nothing else can be relied on.

local function mastership()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

-- The parent and the older ancestors of a ring that is about to fork at its head, newest first, in the form of the
-- field 'lineage': each epoch with the last offset that all epochs from it on share, separated by spaces. Together with
-- the epoch that becomes the parent they are eight at most; an older one counts as unknown.
local function lineage(meta, head)
  local kept = redis.call('HMGET', meta, 'parent', 'fork', 'lineage')
  if not kept[1] then
    return ''
  end
  local shared = math.min(tonumber(kept[2]) or 0, head)
  local ancestors = {kept[1], string.format('%d', shared)}
  for epoch, offset in string.gmatch(kept[3] or '', '(%w+) (%d+)') do
    if #ancestors == 14 then
      break
    end
    ancestors[#ancestors + 1] = epoch
    ancestors[#ancestors + 1] = string.format('%d', math.min(tonumber(offset), shared))
  end
  return table.concat(ancestors, ' ')
end

