"""What plays where: the rotations from which the schedule picks."""

from dataclasses import dataclass

FOX, RAIN, MANGO = "the-clockmakers-fox", "a-ticket-for-the-rain", "the-mango-season-orchestra"
SUN, ORCHID, STAIRS = "nine-minutes-to-perihelion", "iron-orchid", "the-thirteenth-stairwell"
LIGHT, SALT, ORSINI = "the-lighthouse-frequency", "salt-and-lightning", "madame-orsini-does-not-sleep"
SWIMMER, STATIC, BEES = "the-tuesday-swimmer", "velvet-static", "the-winter-beekeeper"
COMET, BOAT, MAPS = "comet-season", "the-orange-boat", "the-cartographer-of-small-islands"


@dataclass
class Programme:
    """One screen's films: before five, in the evening, and after midnight on Fridays and Saturdays.

    Those not yet released are passed over until their first day.
    """

    matinee: list
    evening: list
    late: str = ""
    opens: int = 14  # o'clock; two hours and a half earlier at the weekend
    formats: tuple = ("2d",)
    is_arthouse: bool = False  # nothing dubbed, talks, a morning with babies


PROGRAMMES = {
    ("rialto", 1): Programme(
        matinee=[FOX, MANGO, RAIN], evening=[SUN, ORCHID, LIGHT, COMET], late=STAIRS, formats=("3d", "2d")
    ),
    ("rialto", 2): Programme(matinee=[RAIN, FOX, STATIC], evening=[SWIMMER, ORSINI, SALT, MAPS], late=ORCHID),
    ("rialto", 3): Programme(matinee=[STATIC, ORSINI], evening=[STAIRS, MANGO, BEES, BOAT], opens=15),
    ("lichtspiel", 1): Programme(
        matinee=[RAIN, SWIMMER], evening=[BEES, LIGHT, ORSINI, STATIC], opens=16, is_arthouse=True
    ),
    ("lichtspiel", 2): Programme(matinee=[], evening=[BOAT, SWIMMER, MAPS], opens=20, is_arthouse=True),
    ("the-paragon", 1): Programme(
        matinee=[FOX, SUN], evening=[SUN, ORCHID, COMET], opens=13, formats=("imax-3d", "imax")
    ),
    ("the-paragon", 2): Programme(
        matinee=[MANGO, FOX, RAIN], evening=[ORCHID, LIGHT, SUN], late=STAIRS, opens=13, formats=("3d", "2d")
    ),
    ("the-paragon", 3): Programme(matinee=[LIGHT, MANGO], evening=[STAIRS, SALT, ORSINI], opens=13),
    ("anchor-picture-house", 1): Programme(
        matinee=[RAIN, SWIMMER, FOX],
        evening=[SALT, BEES, ORSINI, MAPS],
        late=SALT,
        formats=("70mm",),
        is_arthouse=True,
    ),
    ("anchor-picture-house", 2): Programme(
        matinee=[BEES, ORSINI], evening=[SWIMMER, STATIC, LIGHT, BOAT], opens=15, is_arthouse=True
    ),
}
