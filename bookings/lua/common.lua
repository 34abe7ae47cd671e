-- The beginning of every script. Moments and spans are milliseconds, by Redis's own clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number)
  return string.format('%.0f', number)
end

-- A showtime's hash: seat id -> '<expiry>|<holder>'.
local function read_seat(value)
  local expiry, holder = string.match(value, '^(%d+)|(.*)$')
  return tonumber(expiry), holder
end

local function hold_seat(key, seat, expiry, holder)
  redis.call('HSET', key, seat, whole(expiry) .. '|' .. holder)
end

-- A key must never live shorter than the longest of what it holds.
local function keep_key(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end

-- A customer's hash: showtime id -> '<held or given>|<expiry, or when given back>|<since>|<seat ids>'.
local function read_choice(value)
  local state, expiry, since, ids = string.match(value, '^(%a+)|(%d+)|(%d+)|(.*)$')
  local choice = {is_held = state == 'held', expiry = tonumber(expiry), since = tonumber(since), seats = {}, size = 0}
  for id in string.gmatch(ids, '%d+') do
    choice.seats[id] = true
    choice.size = choice.size + 1
  end
  return choice
end

local function write_choice(key, showtime, choice)
  local ids = {}
  for id in pairs(choice.seats) do ids[#ids + 1] = id end
  local state = choice.is_held and 'held' or 'given'
  local value = {state, whole(choice.expiry), whole(choice.since), table.concat(ids, ',')}
  redis.call('HSET', key, showtime, table.concat(value, '|'))
end

-- {showtime id: choice} of a customer, lapsed ones too; 'lapses' and 'again_at' are beside them in the hash.
local function read_choices(key)
  local choices, fields = {}, redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if tonumber(fields[i]) then choices[fields[i]] = read_choice(fields[i + 1]) end
  end
  return choices
end

-- The seat ids from ARGV[first] on, as a set, and how many.
local function seats_from(first)
  local seats, size = {}, 0
  for i = first, #ARGV do
    if not seats[ARGV[i]] then size = size + 1 end
    seats[ARGV[i]] = true
  end
  return seats, size
end

-- Who keeps what is sold or taken sees another mark.
local function note_change(of, showtime)
  redis.call('SET', '{holds}:' .. of .. ':' .. showtime, time[1] .. '.' .. time[2], 'EX', 86400)
end

-- Open maps listen, in every process of the shop.
local function announce(showtime)
  note_change('changed', showtime)
  redis.call('PUBLISH', '{holds}:changes', showtime)
end

-- The mark of this memory, which is made once.
local function mark(key, fresh)
  redis.call('SET', key, fresh, 'NX')
  return redis.call('GET', key)
end
