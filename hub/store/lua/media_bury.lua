-- A media worker whose lease ran out is dead: each of its calls is reported lost, once. KEYS[1] the leases. ARGV: 1 worker,
-- 2 now (ms), 3 the workers, 4 the reports, 5 how many of these are kept, 6 prefix of the sets of calls by worker, 7 its
-- asks. Returns how many calls it had; -1 when it lives, or was buried before.
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) > tonumber(ARGV[2]) then return -1 end
local calls = redis.call('SMEMBERS', ARGV[6] .. ARGV[1])
for _, call in ipairs(calls) do
  local report = cjson.encode({ kind = 'lost', worker = ARGV[1], call = call })
  redis.call('XADD', ARGV[4], 'MAXLEN', '~', ARGV[5], '*', 'r', report)
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', ARGV[3], ARGV[1])
redis.call('DEL', ARGV[6] .. ARGV[1], ARGV[7])
return #calls
