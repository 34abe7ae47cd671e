-- The mark of this memory. KEYS: the mark. ARGV: what it shall be, where there is none.
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
