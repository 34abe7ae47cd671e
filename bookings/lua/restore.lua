-- Put a booking's seats back where Redis has forgotten them; whatever else is held stays as it is.
-- KEYS: the showtime's hash, the customer's hash. ARGV: who, showtime id, how long, seat ids. Answers how many.
local seats_key, my_key, me, showtime, ms = KEYS[1], KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[3])
local seats = seats_from(4)
local restored = 0
for id in pairs(seats) do
  local held = redis.call('HGET', seats_key, id)
  if not held or read_seat(held) <= now then
    hold_seat(seats_key, id, now + ms, me)
    restored = restored + 1
  end
end
if restored > 0 then
  announce(showtime)
  keep_key(seats_key, ms)
  if redis.call('HEXISTS', my_key, showtime) == 0 then
    write_choice(my_key, showtime, {is_held = true, expiry = now + ms, since = now, seats = seats})
    keep_key(my_key, ms)
  end
end
return restored
