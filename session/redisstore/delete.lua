-- Puts a tombstone in the record's place and tells who watches.
--
-- KEYS[1]  the session
-- ARGV[1]  now, and until when saves are refused, 8 bytes each, in microseconds
-- ARGV[2]  now, in microseconds
-- ARGV[3]  how long the tombstone stays from now, in milliseconds; 0 for not at all
-- ARGV[4]  the channel
-- ARGV[5]  what is said there
--
-- It returns the record's user, and until when the user's index has the session, 8 bytes; both empty where nobody's was.
redis.call('PUBLISH', ARGV[4], ARGV[5]) -- first: who may not publish deletes nothing
local head = redis.call('GETRANGE', KEYS[1], 0, 45)
local kind = string.sub(head, 1, 1)
local at, later = string.sub(ARGV[1], 1, 8), string.sub(ARGV[1], 9, 16)
local user, indexed, stay = '', '', ARGV[3] ~= '0'
if kind == 'D' and struct.unpack('>I8', head, 2) > tonumber(ARGV[2]) then
  at = string.sub(head, 10, 17) -- of two calls the first was the end
  if not stay or struct.unpack('>I8', head, 2) >= struct.unpack('>I8', later) then return { '', '' } end
elseif kind == 'S' then
  local length = struct.unpack('>I4', head, 43)
  if length > 0 then
    user, indexed = redis.call('GETRANGE', KEYS[1], 46, 45 + length), string.sub(head, 2, 9)
  end
end
redis.call('DEL', KEYS[1]) -- makes room, so that a full server takes the tombstone: logging out works
if stay then redis.call('SET', KEYS[1], 'D' .. later .. at, 'PX', ARGV[3]) end
return { user, indexed }
