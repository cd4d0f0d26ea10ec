-- Makes entries and scopes stale.
-- KEYS: entry, lease, waiter of each entry, then epochs
-- ARGV: number of entries, channel, a note for each entry
-- An epoch is replaced by removing it: absent matches nothing, and the next lease draws a new one.
local entries = tonumber(ARGV[1])
for i = 1, entries do
  redis.call('DEL', KEYS[3 * i - 2], KEYS[3 * i - 1])
  if redis.call('DEL', KEYS[3 * i]) == 1 then
    redis.call('PUBLISH', ARGV[2], ARGV[2 + i])
  end
end
for i = 3 * entries + 1, #KEYS do
  redis.call('DEL', KEYS[i])
end
return 1
