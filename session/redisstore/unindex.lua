-- Removes a session from a user's index, unless the index was told of it again.
--
-- KEYS[1]  the index
-- ARGV[1]  the session
-- ARGV[2]  until when it had to be there, in milliseconds, as the deleted record knew it
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
