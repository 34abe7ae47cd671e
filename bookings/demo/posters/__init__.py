"""The posters: each film has its own picture, all are printed on the same paper."""

from bookings.demo.posters import landscapes, objects, rooms

PICTURES = {
    "nine-minutes-to-perihelion": landscapes.sun,
    "the-lighthouse-frequency": landscapes.lighthouse,
    "salt-and-lightning": landscapes.lightning,
    "the-winter-beekeeper": landscapes.honeycomb_moon,
    "comet-season": landscapes.comet,
    "the-mango-season-orchestra": objects.mango,
    "the-clockmakers-fox": objects.fox,
    "velvet-static": objects.record,
    "iron-orchid": objects.orchid,
    "the-orange-boat": objects.boat,
    "a-ticket-for-the-rain": rooms.umbrella,
    "the-tuesday-swimmer": rooms.pool,
    "madame-orsini-does-not-sleep": rooms.facade,
    "the-thirteenth-stairwell": rooms.stairs,
    "the-cartographer-of-small-islands": rooms.islands,
}


def draw(film, *, width):
    """The film's poster as WebP, two to three."""
    return PICTURES[film["slug"]](film, width).finished()
