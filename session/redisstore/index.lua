-- Tells a user's index of a session.
--
-- KEYS[1]  the index: a sorted set of sessions, each with the time in milliseconds until which it has to be there
-- ARGV[1]  the session
-- ARGV[2]  that time
-- ARGV[3]  up to which time, in milliseconds, the others are removed
--
-- It returns the time. It grows with every call for the session, so that whoever knows it can say of which call he knows.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
local until_ = tonumber(ARGV[2])
local old = redis.call('ZSCORE', KEYS[1], ARGV[1])
if old and tonumber(old) >= until_ then until_ = tonumber(old) + 1 end
redis.call('ZADD', KEYS[1], string.format('%.0f', until_), ARGV[1])
local stay = until_ - tonumber(ARGV[3])
if redis.call('PTTL', KEYS[1]) < stay then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', stay)) end
return until_
