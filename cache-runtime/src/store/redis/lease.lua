-- Asks for the right to fill an entry.
-- KEYS: entry, lease, waiter, epoch…
-- ARGV: token, server, lease ms, epoch ms, 'join' or 'take', a candidate for each epoch
-- Returns {1, epochs, stamp and fingerprint of what lies there}, {0, token of the leader, ms left},
-- or {2, '', ''}: marked, and nothing was changed.

-- A value of another type than ours is as good as none.
local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value
end

local function marked(key)
  local value = get(key)
  return value and #value % 16 == 1 and string.sub(value, 1, 1) == '!'
end

for i = 2, #KEYS do
  if i ~= 3 and marked(KEYS[i]) then
    return {2, '', ''}
  end
end
local epochs = {}
for i = 4, #KEYS do
  local epoch = get(KEYS[i])
  if not epoch or #epoch ~= 16 then
    epoch = string.sub(ARGV[6], 16 * (i - 4) + 1, 16 * (i - 3))
    redis.call('SET', KEYS[i], epoch, 'PX', ARGV[4])
  end
  epochs[i - 3] = epoch
end
epochs = table.concat(epochs)
if ARGV[5] == 'join' then
  local lease = get(KEYS[2])
  if lease and string.sub(lease, 17) == ARGV[2] .. epochs then
    redis.call('SET', KEYS[3], '1', 'PX', ARGV[3])
    return {0, string.sub(lease, 1, 16), redis.call('PTTL', KEYS[2])}
  end
end
redis.call('SET', KEYS[2], ARGV[1] .. ARGV[2] .. epochs, 'PX', ARGV[3])
local there = redis.pcall('GETRANGE', KEYS[1], 2, 33)
return {1, epochs, type(there) == 'string' and there or ''}
