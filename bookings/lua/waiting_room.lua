-- One step of somebody at the waiting room of a showtime. Whoever asks lets in as many as are due: nothing else has to.
-- KEYS: the room (what staff have set, the bucket, the pace), the queue (who -> place), until when each counts as
-- present, who was away at their turn (who -> '<place>|<until>'), who is inside (who -> until).
-- ARGV: step, who; 'stay': until; 'enter' and 'look': who is to be taken over or '', luck, the place of an earlier memory
-- and its epoch or '', an epoch for a new one; people a minute, most inside, when the sale begins, how long one may stay
-- inside, how long one's turn lasts; 'look': seats left, or -1.
-- Answers {state, ahead, waiting, inside, until, ask again in, people a minute, is to be looked at anew, has lost
-- a turn, seats left or -1, place, epoch}.
local room, queue, seen, missed, inside = unpack(KEYS)
local step, who = ARGV[1], ARGV[2]
local MEMORY, FRESH, TAU = 24 * 60 * 60 * 1000, 5000, 180000
local SOONEST, LATEST, LOBBY = 5000, 120000, 30000

if step == 'enter' or step == 'look' then
  redis.call('HSETNX', room, 'epoch', ARGV[7])
  redis.call('HSETNX', room, 'read_at', whole(now))
  redis.call('HSET', room, 'rate', ARGV[8], 'most', ARGV[9], 'opens_at', ARGV[10], 'stay', ARGV[11], 'turn', ARGV[12])
  if tonumber(ARGV[13] or -1) >= 0 then redis.call('HSET', room, 'left', ARGV[13], 'read_at', whole(now)) end
end
if step == 'close' then redis.call('DEL', unpack(KEYS)) end
local set = redis.call('HMGET', room, 'rate', 'most', 'opens_at', 'stay', 'turn', 'read_at', 'epoch', 'opened_at', 'tokens',
  'filled_at', 'pace', 'paced_at', 'left')
if not set[1] then return {'closed'} end
local rate, most, opens_at, stay, turn, read_at = unpack(set, 1, 6)
rate, most, opens_at, stay, turn = tonumber(rate), tonumber(most), tonumber(opens_at), tonumber(stay), tonumber(turn)
local epoch, opened_at, is_open = set[7], tonumber(set[8]), now >= opens_at
if is_open and not opened_at then
  opened_at = now
  redis.call('HSET', room, 'opened_at', whole(now))
end

local function within(least, value, largest)
  return math.max(least, math.min(value, largest))
end

local function read_missed(name)
  return string.match(redis.call('HGET', missed, name) or '', '^(.*)|(%d+)$')
end

-- Before the sale begins by lot; then by the time of coming, which also those keep whose place Redis has forgotten.
local function join(luck, place, old_epoch)
  local was_seen = redis.call('HGET', seen, who)
  if was_seen or place == '' or old_epoch == epoch then
    place = opened_at and whole(time[1] * 1000000 + time[2]) or luck
  end
  redis.call('ZADD', queue, place, who)
  return was_seen and was_seen ~= '0'
end

local function forget(name)
  redis.call('ZREM', queue, name)
  redis.call('ZREM', inside, name)
  redis.call('HDEL', missed, name)
end

-- Who signs in brings the place along that they had before; the better one counts, and one of them is gone.
local function take_over(guest)
  local theirs, mine = redis.call('ZSCORE', inside, guest), redis.call('ZSCORE', inside, who)
  if theirs and tonumber(theirs) > tonumber(mine or 0) then redis.call('ZADD', inside, theirs, who) end
  local place = redis.call('ZSCORE', queue, guest)
  local my_place = redis.call('ZSCORE', queue, who)
  if place and (not my_place or tonumber(place) < tonumber(my_place)) then redis.call('ZADD', queue, place, who) end
  local lost = redis.call('HGET', missed, guest)
  if lost then redis.call('HSET', missed, who, lost) end
  forget(guest)
  redis.call('HDEL', seen, guest)
end

local function come_back()
  local place, till = read_missed(who)
  redis.call('HDEL', missed, who)
  if place and tonumber(till) > now then redis.call('ZADD', queue, place, who) end
end

-- How many went by in the last minutes, per minute: who was away costs no token, who stays inside long holds others up.
local pace, paced_at = tonumber(set[11]) or 0, tonumber(set[12]) or now
pace = pace * math.exp((paced_at - now) / TAU)

-- A bucket that fills by Redis's clock and holds five seconds, so that no minute sees more than the rate and that.
local function let_in()
  redis.call('ZREMRANGEBYSCORE', inside, '-inf', whole(now))
  if not is_open then return end
  local filled = math.max(0, now - (tonumber(set[10]) or now)) * rate / 60000
  local tokens = math.min(math.max(1, rate / 12), (tonumber(set[9]) or 1) + filled)
  local free, gone_by = most - redis.call('ZCARD', inside), 0
  while rate > 0 and tokens >= 1 and free >= 1 and gone_by < 1000 do
    local head, place = unpack(redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES'))
    if not head then break end
    redis.call('ZREM', queue, head)
    if tonumber(redis.call('HGET', seen, head) or 0) >= now then
      redis.call('ZADD', inside, whole(now + turn), head)
      tokens, free = tokens - 1, free - 1
    else
      redis.call('HSET', missed, head, place .. '|' .. whole(now + turn))
    end
    gone_by = gone_by + 1
  end
  pace = pace + gone_by
  redis.call('HSET', room, 'tokens', tokens, 'filled_at', whole(now), 'pace', pace, 'paced_at', whole(now))
end

-- Those at the end ask more seldom. When the doors open, those at the front are the first to hear of it, and the others
-- one after the other.
local function ask_again_in(ahead)
  local left, turn_in = opens_at - now, rate > 0 and ahead * 60000 / rate or LATEST * 5
  if left > LOBBY then return within(LOBBY, left / 10, LATEST) end
  local share = ahead / redis.call('ZCARD', queue)
  if left > 0 then return left + within(1000, turn_in / 2, LOBBY + share * (LATEST - LOBBY)) end
  return within(SOONEST, turn_in / 10, LATEST)
end

local has_lost_turn = false
if step == 'enter' then
  if ARGV[3] ~= '' then take_over(ARGV[3]) end
  come_back()
  if redis.call('ZSCORE', inside, who) then redis.call('ZREM', queue, who)
  elseif not redis.call('ZSCORE', queue, who) then has_lost_turn = join(ARGV[4], ARGV[5], ARGV[6]) end
elseif step == 'ask' then
  come_back()
elseif step == 'leave' then
  forget(who)
  redis.call('HSET', seen, who, '0')
elseif step == 'stay' then
  redis.call('ZREM', queue, who)
  redis.call('HDEL', missed, who)
  if tonumber(redis.call('ZSCORE', inside, who) or 0) < tonumber(ARGV[3]) then redis.call('ZADD', inside, ARGV[3], who) end
end

local wait = SOONEST
local ahead = redis.call('ZRANK', queue, who)
if ahead and (step == 'enter' or step == 'ask') then
  wait = ask_again_in(ahead)
  redis.call('HSET', seen, who, whole(now + 2 * wait + 20000))
end
let_in()
local till = tonumber(redis.call('ZSCORE', inside, who) or 0)
if step == 'enter' and till > now then
  till = math.max(till, now + stay)
  redis.call('ZADD', inside, whole(till), who)
end
local place = redis.call('ZSCORE', queue, who)
ahead = place and redis.call('ZRANK', queue, who) or 0
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < MEMORY / 2 then redis.call('PEXPIRE', key, MEMORY) end
end

local state = 'gone'
if till > now then state = 'inside' elseif place then state = is_open and 'waiting' or 'lobby' end
local is_stale = (step == 'ask' or step == 'enter') and now - tonumber(read_at) > FRESH
if is_stale then redis.call('HSET', room, 'read_at', whole(now)) end
local lasted = opened_at and 1 - math.exp((opened_at - now) / TAU) or 0
-- While there is little to judge by, what staff have set counts more.
local a_minute = pace * 60000 / TAU + (1 - lasted) * rate
return {state, ahead, redis.call('ZCARD', queue), redis.call('ZCARD', inside), whole(till), math.floor(wait),
  whole(a_minute * 1000), is_stale and 1 or 0, has_lost_turn and 1 or 0, tonumber(set[13]) or -1, place or '', epoch}
