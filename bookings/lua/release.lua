-- Give seats back. KEYS: the showtime's hash, the customer's hash. ARGV: who, showtime id, seat ids (none: all).
-- Answers how many were held. What has lapsed before stays to be counted as that.
local seats_key, my_key, me, showtime = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local given, size = seats_from(3)
local released = 0
local held = redis.call('HGETALL', seats_key)
for i = 1, #held, 2 do
  local _, holder = read_seat(held[i + 1])
  if holder == me and (size == 0 or given[held[i]]) then
    released = released + redis.call('HDEL', seats_key, held[i])
  end
end

local mine = redis.call('HGET', my_key, showtime)
mine = mine and read_choice(mine)
if mine and mine.is_held and mine.expiry > now then
  local kept, is_left = {}, false
  for id in pairs(mine.seats) do
    if size > 0 and not given[id] then kept[id], is_left = true, true end
  end
  if is_left then
    mine.seats = kept
  else
    mine.is_held, mine.expiry = false, now
  end
  write_choice(my_key, showtime, mine)
end
if released > 0 then announce(showtime) end
return released
