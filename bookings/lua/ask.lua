-- Somebody waits for seats of a showtime: all that are held now are asked for. See hold.lua.
-- KEYS: the showtime's hash, the set of seats asked for. ARGV: how long the same seats can be held at the longest.
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  if read_seat(held[i + 1]) > now then
    redis.call('SADD', KEYS[2], held[i])
    keep_key(KEYS[2], tonumber(ARGV[1]))
  end
end
return 1
