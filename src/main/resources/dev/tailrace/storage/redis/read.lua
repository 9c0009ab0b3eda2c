-- Reads announcements that hold consecutive entries of one device, together with the state of its ring. The broker
-- leaves out entries in them that are not wanted.
--
-- KEYS  1 ring   2 meta
-- ARGV  1 first offset wanted   2 entries at most   3 bytes after which to stop   4 capacity
-- KEYS[2] may be passed as the first of ARGV: see Call. What the ring holds is cut by the capacity of its last append:
-- append.lua.
-- Returns epoch, head, oldest, cleared, parent, fork, lineage, first, 1 if the key of the ring holds something else or
-- 0, 1 if the epoch began under another mastership or 0 (which is checked only when no entries are wanted, because it
-- costs), then the announcements, one or a few at a time; nil when there is no ring, and 0 when its numbers cannot be
-- parsed.

local call, format, find = redis.call, string.format, string.find

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

-- The limit up to which numbers are exact.
local function number(text)
  return text and #text <= 15 and find(text, '^%d+$') and tonumber(text)
end

local meta = redis.pcall(
  'HMGET', KEYS[2], 'epoch', 'head', 'cleared', 'parent', 'fork', 'base', 'room', 'lineage', 'master'
)
if meta.err then
  return find(meta.err, 'WRONGTYPE', 1, true) and 0 or meta
end
if not meta[1] then
  return nil
end
local ring, head, capacity = KEYS[1], number(meta[2]), tonumber(ARGV[4])
if not head or #meta[1] > 32 or not find(meta[1], '^[a-z0-9]+$') then
  return 0
end
local kind = call('TYPE', ring).ok
local base = kind == 'stream' and (number(meta[6]) or 0) or head
local cut = string.match(meta[7] or '', '^%d+')
if cut then
  capacity = math.min(capacity, tonumber(cut))
elseif kind == 'stream' then
  local first_kept = call('XRANGE', ring, '-', '+', 'COUNT', 1)[1]
  base = math.max(base, first_kept and math.min(head, tonumber(string.match(first_kept[1], '^%d+')) - 1) or head)
end
local oldest = math.max(base, head - capacity) + 1
local first = math.max(tonumber(ARGV[1]), oldest)
local last = math.min(head, first + tonumber(ARGV[2]) - 1)
local max_bytes = tonumber(ARGV[3])
local answer = {
  meta[1], head, oldest, number(meta[3]) or 0, meta[4] or '', number(meta[5]) or 0, meta[8] or '', first,
  kind ~= 'stream' and kind ~= 'none' and 1 or 0,
  ARGV[2] == '0' and meta[9] ~= mastership() and 1 or 0
}
if last < first then
  return answer
end

-- In one expression, which is a single copy; table.concat costs more than all the rest, and so does a reply of many
-- parts.
local function join(e)
  local i = 1
  while i + 7 <= #e do
    answer[#answer + 1] = e[i] .. e[i + 1] .. e[i + 2] .. e[i + 3] .. e[i + 4] .. e[i + 5] .. e[i + 6] .. e[i + 7]
    i = i + 8
  end
  while i <= #e do
    answer[#answer + 1] = e[i]
    i = i + 1
  end
end

-- As many at a time as are likely to fit, because what is left out was copied unnecessarily.
local from = call('XREVRANGE', ring, format('%d', first), '-', 'COUNT', 1)
local at, to, step, read, bytes = from[1] and from[1][1] or '-', format('%d', last), 8, 0, 0
while bytes < max_bytes do
  local some, small = call('XRANGE', ring, at, to, 'COUNT', step), {}
  for i = 1, #some do
    local announcement = some[i][2][2]
    bytes = bytes + #announcement
    if #announcement > 1024 then
      join(small)
      small = {}
      answer[#answer + 1] = announcement
    else
      small[#small + 1] = announcement
    end
  end
  join(small)
  if #some < step then
    break
  end
  read = read + #some
  at = '(' .. some[#some][1]
  step = math.max(1, math.min(read, math.ceil((max_bytes - bytes) * read / bytes)))
end
return answer
