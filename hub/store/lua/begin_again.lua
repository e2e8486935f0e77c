-- A new epoch for a log whose end was lost. KEYS[1] its hash. ARGV: 1 the epoch it had, 2 the new one.
-- Of many who notice, one is first. Returns 1, or 0 when it has another one by now.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
return 1
