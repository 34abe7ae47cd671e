-- Hold all the seats, or none. KEYS: the showtime's hash, the customer's hash, the set of seats that others have asked for,
-- the mark of this memory. ARGV: who, showtime id, how long, what the mark shall be where there is none; the limits: seats (0: nothing is limited) and showtimes held at once, how long one
-- may hold the same seats on end, and how long while nobody else asks for them, lapses in a row, how long to cool down,
-- how long lapses are remembered; seat ids.
-- Answers the mark and {'held', expiry}, {'lost', seat ids...}, {'full', showtime id, seats, ...} or {'cool', until}.
local seats_key, my_key, asked_key, me, showtime = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
local ms, epoch, most_seats, most_showtimes = tonumber(ARGV[3]), mark(KEYS[4], ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local longest, longest_alone, most_lapses = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local cool_down, memory = tonumber(ARGV[10]), tonumber(ARGV[11])
local wanted, size = seats_from(12)
local is_limited = most_seats > 0

local choices = read_choices(my_key)
local lapses = tonumber(redis.call('HGET', my_key, 'lapses') or 0)
local again_at = tonumber(redis.call('HGET', my_key, 'again_at') or 0)

local function lapse(moment)
  lapses = lapses + 1
  if lapses >= most_lapses then lapses, again_at = 0, moment + cool_down end
end

local function remember_lapses()
  redis.call('HSET', my_key, 'lapses', lapses, 'again_at', whole(again_at))
  keep_key(my_key, math.max(memory, cool_down))
end

-- What ended by its time has lapsed. What was given back is forgotten after a pause as long as a hold.
local lapsed = {}
for id, choice in pairs(choices) do
  local is_over = choice.is_held and choice.expiry <= now
  if is_over or (not choice.is_held and choice.expiry + ms <= now) then
    redis.call('HDEL', my_key, id)
    choices[id] = nil
  end
  if is_over then lapsed[#lapsed + 1] = choice.expiry end
end
table.sort(lapsed)
for _, moment in ipairs(lapsed) do lapse(moment) end

-- Until when: the same seats again last `longest_alone` from their first moment at most, and `longest` once somebody
-- else has asked for one of them. Another choice has its full time, but after `longest` without buying it counts as a
-- lapse, or one could change to and fro for ever.
local mine = choices[showtime]
local since, expiry = mine and mine.since or now, now + ms
local is_same = mine and mine.is_held
for id in pairs(wanted) do is_same = is_same and mine.seats[id] end
if is_limited and is_same then
  for id in pairs(wanted) do
    if redis.call('SISMEMBER', asked_key, id) == 1 then longest_alone = longest end
  end
  expiry = math.max(mine.expiry, math.min(expiry, since + longest_alone))
elseif is_limited and since + longest <= now then
  lapse(now)
  since = now
end
remember_lapses()
if is_limited and again_at > now then return {epoch, 'cool', whole(again_at)} end

if is_limited then
  local others, showtimes, seats = {epoch, 'full'}, 1, size
  for id, choice in pairs(choices) do
    if id ~= showtime and choice.is_held then
      showtimes, seats = showtimes + 1, seats + choice.size
      others[#others + 1] = id
      others[#others + 1] = choice.size
    end
  end
  if showtimes > most_showtimes or seats > most_seats then return others end
end

local lost, stale = {epoch, 'lost'}, {}
local held = redis.call('HGETALL', seats_key)
for i = 1, #held, 2 do
  local seat_expiry, holder = read_seat(held[i + 1])
  local is_mine = holder == me
  if seat_expiry > now and not is_mine and wanted[held[i]] then lost[#lost + 1] = held[i] end
  if seat_expiry <= now or (is_mine and not wanted[held[i]]) then stale[#stale + 1] = held[i] end
end
for i = 3, #lost do
  redis.call('SADD', asked_key, lost[i])
  keep_key(asked_key, longest_alone)
end
if #lost > 2 then return lost end
for _, id in ipairs(stale) do redis.call('HDEL', seats_key, id) end
for id in pairs(wanted) do
  hold_seat(seats_key, id, expiry, me)
  if not (is_same and mine.seats[id]) then redis.call('SREM', asked_key, id) end
end
write_choice(my_key, showtime, {is_held = true, expiry = expiry, since = since, seats = wanted})
keep_key(seats_key, expiry - now)
keep_key(my_key, math.max(memory, expiry - now))
announce(showtime)
return {epoch, 'held', whole(expiry)}
