"""Where Django's Arabic differs from the browsers' (CLDR), which add up the prices on the map."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
