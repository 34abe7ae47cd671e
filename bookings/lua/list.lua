-- The live holds of a showtime. KEYS: its hash. Answers {seat id, '<expiry>|<holder>', ...}.
local live = {}
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  if read_seat(held[i + 1]) > now then
    live[#live + 1] = held[i]
    live[#live + 1] = held[i + 1]
  end
end
return live
