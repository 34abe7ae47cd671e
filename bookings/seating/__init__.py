"""Who could sit where: plain arithmetic on the rows of a room, no query, no request.

`rooms` is the geometry, `blocks` finds seats for a party, `singles` says which seats a choice would leave alone.
"""
