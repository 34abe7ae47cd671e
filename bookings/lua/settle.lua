-- The seats are paid, or being paid: they are no hold any more that could lapse or count. Their places in the showtime's
-- hash stay. KEYS: the customer's hash. ARGV: showtime id, '1' when bought, which ends the row of lapses; seat ids.
local my_key, showtime, is_bought = KEYS[1], ARGV[1], ARGV[2] == '1'
local paid = seats_from(3)
for id, choice in pairs(read_choices(my_key)) do
  local is_paid = false
  for seat in pairs(choice.seats) do is_paid = is_paid or (id == showtime and paid[seat]) end
  if is_paid or (is_bought and choice.expiry <= now) then redis.call('HDEL', my_key, id) end
end
if is_bought then redis.call('HDEL', my_key, 'lapses', 'again_at') end
return 1
