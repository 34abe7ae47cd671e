-- Something has changed in the database. ARGV: showtime id.
announce(ARGV[1])
return 1
