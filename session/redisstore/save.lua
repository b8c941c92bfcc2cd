-- Saves a record where the stored version is the one that the change was based on. Of what is stored, it reads as much
-- as it compares, and never the values.
--
-- KEYS[1]  the session
-- ARGV[1]  the version, 8 bytes; zeros for an insert
-- ARGV[2]  the record in its binary form
-- ARGV[3]  how many of the record's bytes there are up to the user's last
-- ARGV[4]  now, in microseconds
-- ARGV[5]  how long the record lives from now, in milliseconds; 0 where it has expired already
-- ARGV[6]  until when the user's index has the session, 8 bytes, in microseconds; empty where it was not told
--
-- It returns 0 for a conflict, 1 for a save, and 2, with nothing changed, where the index has to be told first.
local size = tonumber(ARGV[3])
local head = redis.call('GETRANGE', KEYS[1], 0, 8 + size)
local version = '\0\0\0\0\0\0\0\0'
local kind = string.sub(head, 1, 1)
if kind == 'D' then
  if struct.unpack('>I8', head, 2) > tonumber(ARGV[4]) then return 0 end
elseif kind ~= '' and struct.unpack('>I8', head, 35) > tonumber(ARGV[4]) then
  version = string.sub(head, 11, 18)
end
if version ~= ARGV[1] then return 0 end
if ARGV[5] == '0' then
  redis.call('DEL', KEYS[1]) -- it takes the version and is not there
  return 1
end
local indexed = ARGV[6]
if size == 37 then
  indexed = '\0\0\0\0\0\0\0\0' -- nobody's
elseif indexed == '' then
  local same = kind == 'S' and string.sub(head, 43) == string.sub(ARGV[2], 34, size)
  if not same or struct.unpack('>I8', head, 2) < struct.unpack('>I8', ARGV[2], 26) then return 2 end
  indexed = string.sub(head, 2, 9)
end
redis.call('SET', KEYS[1], 'S' .. indexed .. ARGV[2], 'PX', ARGV[5])
return 1
