-- A media worker has a call no more. KEYS[1] the call's place. ARGV: 1 worker, 2 prefix of the sets of calls by worker,
-- 3 call. When another one has it by now, it keeps it.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('SREM', ARGV[2] .. ARGV[1], ARGV[3])
return 1
