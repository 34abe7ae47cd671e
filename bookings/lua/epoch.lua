-- The mark of this memory. KEYS: the mark. ARGV: what it shall be, where there is none.
return mark(KEYS[1], ARGV[1])
