-- Returns the commands that the broker uses and that the user of this connection may not run.
--
-- ARGV  1 CLUSTER when the server is a node of a cluster
-- Returns their names, as an ACL writes them; none when the user may run all of them.
-- It asks only, and so about keys and channels like those that the broker uses. EVALSHA itself is known to be allowed
-- when this runs.

local ring, meta, live = 'tailrace:{rights}:ring', 'tailrace:{rights}:meta', 'tailrace:{rights}:live'
local seen, lease = 'tailrace:{devices}:seen', 'tailrace:{devices}:lease:rights'
local of, members, version = 'tailrace:{fleets}:of', 'tailrace:{fleets}:devices', 'tailrace:{fleets}:version'
local credential, list, places = 'tailrace:auth:rights', 'tailrace:auth:list:rights', 'tailrace:places:rights'

local used = {
  {'evalsha', 'sha1', '1', ring},
  {'script|load', 'SCRIPT', 'LOAD', 'return 1'},
  {'ping'},
  {'info'},
  {'time'},
  {'type', ring},
  {'persist', list},
  {'pexpire', ring, '1'},
  {'pexpireat', list, '1'},
  {'del', ring},
  {'xadd', ring, '1', 'a', 'b'},
  {'xdel', ring, '1'},
  {'xrange', ring, '-', '+'},
  {'xrevrange', ring, '+', '-'},
  {'xsetid', ring, '1'},
  {'xtrim', ring, 'MAXLEN', '0'},
  {'hdel', meta, 'a'},
  {'hget', meta, 'a'},
  {'hgetall', meta},
  {'hlen', meta},
  {'hmget', meta, 'a'},
  {'hset', meta, 'a', 'b'},
  {'spublish', live, 'a'},
  {'ssubscribe', live},
  {'sunsubscribe', live},
  {'subscribe', 'tailrace:alive'},
  {'zadd', seen, '1', 'a'},
  {'zcard', seen},
  {'zcount', seen, '-inf', '+inf'},
  {'zrange', seen, '0', '-1'},
  {'zrank', seen, 'a'},
  {'zrem', seen, 'a'},
  {'zscore', seen, 'a'},
  {'sadd', lease, 'a'},
  {'scard', lease},
  {'smismember', lease, 'a'},
  {'spop', lease, '1'},
  {'srem', lease, 'a'},
  {'hmget', of, 'a'},
  {'zlexcount', members, '-', '+'},
  {'zrangebylex', members, '-', '+'},
  {'zrangebyscore', list, '-inf', '+inf'},
  {'incr', version},
  {'get', credential},
  {'getdel', credential},
  {'set', credential, 'a'},
  {'zremrangebyscore', list, '-inf', '0'},
  {'llen', places},
  {'lrange', places, '0', '-1'},
  {'rpush', places, 'a'},
}
if ARGV[1] == 'CLUSTER' then
  used[#used + 1] = {'asking'}
  used[#used + 1] = {'cluster|nodes', 'CLUSTER', 'NODES'}
  used[#used + 1] = {'cluster|slots', 'CLUSTER', 'SLOTS'}
end

local refused, is_refused = {}, {}
for i = 1, #used do
  local name = table.remove(used[i], 1)
  local command = string.find(name, '|', 1, true) and used[i] or {name, unpack(used[i])}
  local known, allowed = pcall(redis.acl_check_cmd, unpack(command))
  if known and not allowed and not is_refused[name] then
    is_refused[name] = true
    refused[#refused + 1] = name
  end
end
return refused
