"""A shop in which anything may happen in any order, and a plain dict that says what may come of it."""
