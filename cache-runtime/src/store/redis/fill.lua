-- Stores an entry if its lease still stands and no epoch has moved since it was granted.
-- KEYS: entry, lease, waiter, epoch…
-- ARGV: the lease (token, server, epochs), entry, entry ms (0: for ever), epoch ms (the same),
--       channel, note of a fill, note of a refusal
-- Returns 1 if it is stored, 0 if it was refused.

-- A value of another type than ours is as good as none.
local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value
end

if get(KEYS[2]) ~= ARGV[1] then
  return 0
end
local epochs = {}
for i = 4, #KEYS do
  epochs[i - 3] = get(KEYS[i]) or ''
end
local stands = string.sub(ARGV[1], 33) == table.concat(epochs)
if stands then
  for i = 4, #KEYS do
    local left = redis.call('PTTL', KEYS[i])
    if ARGV[3] == '0' then
      if left >= 0 then redis.call('PERSIST', KEYS[i]) end
    elseif left >= 0 and left < tonumber(ARGV[3]) then
      redis.call('PEXPIRE', KEYS[i], ARGV[4])
    end
  end
  if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], ARGV[2])
  else
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  end
end
redis.call('DEL', KEYS[2])
if redis.call('DEL', KEYS[3]) == 1 then
  redis.pcall('PUBLISH', ARGV[5], stands and ARGV[6] or ARGV[7])
end
return stands and 1 or 0
