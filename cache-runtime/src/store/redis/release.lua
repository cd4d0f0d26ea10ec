-- Ends a lease without an entry and wakes who waits for it.
-- KEYS: lease, waiter   ARGV: token, channel, note
local lease = redis.call('GET', KEYS[1])
if not lease or string.sub(lease, 1, 16) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
if redis.call('DEL', KEYS[2]) == 1 then
  redis.pcall('PUBLISH', ARGV[2], ARGV[3])
end
return 1
