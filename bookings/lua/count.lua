-- One try more. KEYS: of what it is one. ARGV: of each, for how long it is remembered. Returns how many there are of each.
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCR', key)
  if counts[i] == 1 then redis.call('PEXPIRE', key, ARGV[i]) end
end
return counts
