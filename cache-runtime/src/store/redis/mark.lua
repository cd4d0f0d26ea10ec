-- Marks entries and scopes, which makes them stale, or keeps their marks for another period.
-- KEYS: entry, lease, waiter of each entry, then epochs
-- ARGV: number of entries, channel, token, ms, a note for each entry
-- A mark is `!` and the token of each holder. It stands where a scope has its epoch and an entry
-- its lease, and is as long as neither: so what was stamped or granted before matches no more.

local function mark(key)
  local holders = redis.pcall('GET', key)
  local ms = tonumber(ARGV[4])
  if type(holders) == 'string' and #holders % 16 == 1 and string.sub(holders, 1, 1) == '!' then
    -- Another holder may count on longer periods.
    ms = math.max(ms, redis.call('PTTL', key))
  else
    holders = '!'
  end
  local mine = false
  for i = 2, #holders, 16 do
    mine = mine or string.sub(holders, i, i + 15) == ARGV[3]
  end
  redis.call('SET', key, mine and holders or holders .. ARGV[3], 'PX', ms)
end

local entries = tonumber(ARGV[1])
for i = 1, entries do
  redis.call('DEL', KEYS[3 * i - 2])
  mark(KEYS[3 * i - 1])
  if redis.call('DEL', KEYS[3 * i]) == 1 then
    redis.pcall('PUBLISH', ARGV[2], ARGV[4 + i])
  end
end
for i = 3 * entries + 1, #KEYS do
  mark(KEYS[i])
end
return 1
