-- Say which media worker has a call. KEYS[1] the call's place. ARGV: 1 worker, 2 who has it so far ('' = nobody), 3 ms to
-- keep it, 4 prefix of the sets of calls by worker, 5 call. Returns who has it now: another when somebody was quicker.
local has = redis.call('GET', KEYS[1]) or ''
if has ~= ARGV[2] and has ~= ARGV[1] then return has end
if has ~= '' then redis.call('SREM', ARGV[4] .. has, ARGV[5]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SADD', ARGV[4] .. ARGV[1], ARGV[5])
redis.call('PEXPIRE', ARGV[4] .. ARGV[1], ARGV[3])
return ARGV[1]
