-- Makes entries and scopes stale.
-- KEYS: entry, lease, waiter of each entry, then epochs
-- ARGV: number of entries, channel, tokens of marks that end (16 bytes each, or none), a note for
--       each entry
-- An epoch is replaced by removing it: absent matches nothing, and the next lease draws a new one.
-- A mark stays for the holders that remain: under it everything is stale as it is.

local ended = {}
for i = 1, #ARGV[3], 16 do
  ended[string.sub(ARGV[3], i, i + 15)] = true
end

local function remove(key)
  local value = redis.pcall('GET', key)
  local marked = type(value) == 'string' and #value % 16 == 1 and string.sub(value, 1, 1) == '!'
  local holders = '!'
  for i = 2, marked and #value or 0, 16 do
    local token = string.sub(value, i, i + 15)
    holders = holders .. (ended[token] and '' or token)
  end
  if holders == '!' then
    redis.call('DEL', key)
  elseif holders ~= value then
    -- A server that is full may refuse: then the token ends with the mark.
    redis.pcall('SET', key, holders, 'KEEPTTL')
  end
end

local entries = tonumber(ARGV[1])
for i = 1, entries do
  redis.call('DEL', KEYS[3 * i - 2])
  remove(KEYS[3 * i - 1])
  if redis.call('DEL', KEYS[3 * i]) == 1 then
    redis.pcall('PUBLISH', ARGV[2], ARGV[3 + i])
  end
end
for i = 3 * entries + 1, #KEYS do
  remove(KEYS[i])
end
return 1
