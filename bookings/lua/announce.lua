-- Something has changed in the database. ARGV: showtime id.
note_change('sold', ARGV[1])
announce(ARGV[1])
return 1
