"""A room as plain text, to read, paste, mail and keep under version control: `write_room` and `read_room`.

    Shape: curved
    Numbers: from left
    S = Standard
    W = Standard, wheelchair
    c = Standard, companion

    E: _ S S S _ S S
    F: S S S S _ S W c c@E6
    G from right: S S=12 S

A line is a row, the first is next to the screen; a line of one `_` is an empty row, `_` in a row an empty place. Seats
count from 1; `S=12` says what is printed on the chair, and the next one counts on from it. A companion seat belongs to
the nearest wheelchair space of its row, of two the left one; `c@E6` names another, `c@-` none. The words are the same
in every language, so that a room can be sent anywhere.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, product

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from theaters.models import Seat, SeatCategory, SeatLayout
from theaters.rows import LETTERS, MAX_ACROSS, MAX_ROWS

HELP = (
    "# The first row is next to the screen; _ is an empty place.",
    "# S=12 says the number on the chair, where it does not just go on counting.",
    "# c@F6 says whose companion seat it is, where not of the nearest wheelchair.",
)
WORDS = {
    Seat.Feature.WHEELCHAIR: "wheelchair",
    Seat.Feature.COMPANION: "companion",
    Seat.Feature.LOVE_SEAT: "love seat",
    Seat.Feature.RESTRICTED: "restricted view",
    Seat.Feature.TRANSFER: "transfer seat",
}
NEVER_SOLD = "never sold"
FAVOURITES = {
    "wheelchair": "W",
    "companion": "c",
    "love seat": "L",
    "restricted view": "r",
    "transfer seat": "t",
    NEVER_SOLD: "x",
}
LEFT, RIGHT = "left", "right"

LEGEND = re.compile(r"([A-Za-z]{1,3})\s*=\s*(.+)")
ROW = re.compile(r"([^\W_]{1,4})(?:\s+from\s+(left|right))?\s*:(.*)", re.IGNORECASE)
HEAD = re.compile(r"(shape|numbers)\s*:\s*(.*)", re.IGNORECASE)
PLACE = re.compile(r"([A-Za-z]{1,3})(?:=([^\W_]{1,4}))?(?:@(\S+))?")
SHAPES = {"straight": False, "curved": True}
SIDES = {"from left": LEFT, "from right": RIGHT}


@dataclass(frozen=True)
class Kind:
    """What one letter stands for."""

    category: SeatCategory
    feature: str
    is_blocked: bool

    @classmethod
    def of(cls, seat: Seat) -> "Kind":
        return cls(seat.category, seat.feature, seat.is_blocked)

    @property
    def words(self) -> list[str]:
        return [*filter(None, [WORDS.get(self.feature)]), *([NEVER_SOLD] if self.is_blocked else [])]


class Counting:
    """The numbers of a row: each seat counts on from the one before, unless it says its own."""

    def __init__(self):
        self.next = 1

    def take(self, said: str = "") -> str:
        number = said or str(self.next)
        if number.isascii() and number.isdigit() and number == str(int(number)):
            self.next = int(number) + 1
        return number


def nearest_wheelchair(companion: Seat, row: list[Seat]) -> Seat | None:
    spaces = [seat for seat in row if seat.feature == Seat.Feature.WHEELCHAIR]
    return min(spaces, key=lambda space: (abs(space.x - companion.x), space.x), default=None)


# --- Writing ----------------------------------------------------------------------------------------


def write_room(layout: SeatLayout, seats: list[Seat]) -> str:
    letters = letters_for(seats)
    rows = {}
    for seat in sorted(seats, key=lambda seat: (seat.y, seat.x)):
        rows.setdefault(seat.y, []).append(seat)
    sides = {y: shorter_side(row) for y, row in rows.items()}
    side = Counter(sides.values()).most_common(1)[0][0] if rows else LEFT
    lines = [f"# {layout}", *HELP, "", f"Shape: {'curved' if layout.is_curved else 'straight'}"]
    lines += [f"Numbers: from {side}", *(f"{letter} = {meaning(kind)}" for kind, letter in letters.items()), ""]
    for y in range(max(rows, default=-1) + 1):
        lines.append(write_row(rows[y], letters, sides[y], side) if y in rows else "_")
    return "\n".join(lines) + "\n"


def meaning(kind: Kind) -> str:
    return ", ".join([kind.category.name, *kind.words])


def letters_for(seats: list[Seat]) -> dict[Kind, str]:
    """A letter for each kind: the category's own, or that of what is special about it; then whatever is left."""
    letters = {}
    kinds = Counter(map(Kind.of, seats))
    for kind in sorted(kinds, key=lambda kind: (len(kind.words), -kinds[kind], kind.category.name, kind.words)):
        special = [FAVOURITES[word] for word in reversed(kind.words)]
        own = [letter for letter in kind.category.name.upper() if letter in LETTERS]
        rest = chain(LETTERS + LETTERS.lower(), ("".join(pair) for pair in product(LETTERS, repeat=2)))
        letters[kind] = next(letter for letter in chain(special, own, rest) if letter not in letters.values())
    return letters


def numbers_to_say(row: list[Seat], side: str) -> dict[int, str]:
    """What stands beside each letter: nothing, where counting from this side gives the seat's number anyhow."""
    counting, said = Counting(), {}
    for seat in row if side == LEFT else reversed(row):
        goes_on = str(counting.next) == seat.number
        said[id(seat)] = "" if goes_on else f"={seat.number}"
        counting.take("" if goes_on else seat.number)
    return said


def shorter_side(row: list[Seat]) -> str:
    return min((LEFT, RIGHT), key=lambda side: len("".join(numbers_to_say(row, side).values())))


def write_row(row: list[Seat], letters: dict[Kind, str], side: str, usual_side: str) -> str:
    said = numbers_to_say(row, side)
    places = ["_"] * (row[-1].x + 1)
    for seat in row:
        places[seat.x] = letters[Kind.of(seat)] + said[id(seat)] + whose(seat, row)
    name = row[0].row if side == usual_side else f"{row[0].row} from {side}"
    return f"{name}: {' '.join(places)}"


def whose(seat: Seat, row: list[Seat]) -> str:
    if seat.feature != Seat.Feature.COMPANION:
        return ""
    nearest, named = nearest_wheelchair(seat, row), seat.companion_of
    if (nearest and nearest.label) == (named and named.label):
        return ""
    return f"@{named.label}" if named else "@-"


# --- Reading ----------------------------------------------------------------------------------------


def read_room(text: str, layout: SeatLayout, categories) -> list[Seat]:
    """The unsaved seats of `layout`, whose shape it sets. Raises ValidationError with a sentence for each problem.

    `categories` are those the theater has. See also `save_seats`.
    """
    reader = Reader(layout, categories)
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        reader.line = number
        reader.read(line.strip())
    reader.finish()
    if reader.problems:
        raise ValidationError(reader.problems[:5])
    return reader.seats


class Reader:
    def __init__(self, layout: SeatLayout, categories):
        self.layout = layout
        self.categories = {category.name.casefold(): category for category in categories}
        self.kinds: dict[str, Kind | None] = {}
        self.seats: list[Seat] = []
        self.companions: list[tuple[int, Seat, str]] = []
        self.problems: list[str] = []
        self.rows: set[str] = set()
        self.side, self.y, self.line = LEFT, 0, 0
        layout.is_curved = False

    def refuse(self, sentence: str, **words) -> None:
        self.problems.append(_("Line %(line)d: %(problem)s") % {"line": self.line, "problem": sentence % words})

    def read(self, line: str) -> None:
        if not line or line.startswith("#"):
            return
        if head := HEAD.fullmatch(line):
            self.read_head(*(word.casefold() for word in head.groups()))
        elif row := ROW.fullmatch(line):
            self.read_row(row[1].upper(), (row[2] or self.side).casefold(), row[3].split())
        elif legend := LEGEND.fullmatch(line):
            self.read_legend(*legend.groups())
        elif line == "_":
            self.y += 1
        else:
            self.refuse(_("“%(line)s” is neither a row, such as A: S S _ S, nor says what a letter is."), line=line)

    def read_head(self, head: str, value: str) -> None:
        known = SHAPES if head == "shape" else SIDES
        if value not in known:
            self.refuse(_("Write one of these: %(known)s."), known=", ".join(known))
        elif head == "shape":
            self.layout.is_curved = SHAPES[value]
        else:
            self.side = SIDES[value]

    def read_legend(self, letter: str, words: str) -> None:
        """The category's name may have commas of its own: the longest that the theater knows is meant."""
        parts = [part.strip() for part in words.split(",")]
        self.kinds[letter] = None
        for end in range(len(parts), 0, -1):
            category = self.categories.get(", ".join(parts[:end]).casefold())
            if category:
                self.kinds[letter] = self.kind(category, [part.casefold() for part in parts[end:]])
                return
        known = ", ".join(category.name for category in self.categories.values()) or _("none")
        self.refuse(_("there is no seat category “%(name)s”, but: %(known)s."), name=parts[0], known=known)

    def kind(self, category: SeatCategory, words: list[str]) -> Kind | None:
        features = {word: feature for feature, word in WORDS.items()}
        found = [features[word] for word in words if word in features]
        unknown = [word for word in words if word not in features and word != NEVER_SOLD]
        if unknown or len(found) > 1:
            known = ", ".join([*features, NEVER_SOLD])
            self.refuse(_("after the category may stand one of these: %(known)s."), known=known)
            return None
        return Kind(category, str(found[0]) if found else "", NEVER_SOLD in words)

    def read_row(self, name: str, side: str, places: list[str]) -> None:
        if name in self.rows:
            self.refuse(_("row %(row)s is there already."), row=name)
        if len(name) > 4:
            self.refuse(_("the name of a row has at most four characters."))
        if len(places) > MAX_ACROSS:
            self.refuse(_("a row is at most %(limit)s places wide, aisles included."), limit=MAX_ACROSS)
            return
        self.rows.add(name)
        counting, found = Counting(), list(enumerate(places))
        for x, place in found if side == LEFT else reversed(found):
            if place != "_":
                self.read_place(name, x, place, counting)
        self.y += 1

    def read_place(self, row: str, x: int, place: str, counting: Counting) -> None:
        found = PLACE.fullmatch(place)
        letter, said, whose = found.groups() if found else (None, None, None)
        if letter not in self.kinds:
            sentence = _("“%(place)s” stands for nothing. Say above what it is, such as S = Standard; _ is no seat.")
            self.refuse(sentence, place=place)
            return
        kind, number = self.kinds[letter], counting.take((said or "").upper())
        if kind is None:
            return
        seat = Seat(layout=self.layout, row=row, number=number, x=x, y=self.y, category=kind.category)
        seat.feature, seat.is_blocked = kind.feature, kind.is_blocked
        self.seats.append(seat)
        if len(number) > Seat._meta.get_field("number").max_length:
            self.refuse(_("the numbers get too long: at most four characters."))
        if kind.feature == Seat.Feature.COMPANION:
            self.companions.append((self.line, seat, (whose or "").upper()))
        elif whose:
            self.refuse(_("%(seat)s is no companion seat, so it belongs to nobody."), seat=seat)

    def finish(self) -> None:
        """What can be said only of the whole room: who belongs to whom, and that no label is there twice."""
        self.seats.sort(key=lambda seat: (seat.y, seat.x))
        labels = Counter(seat.label for seat in self.seats)
        if twice := [label for label, times in labels.items() if times > 1]:
            self.problems.append(_("These seats are there twice: %(seats)s.") % {"seats": ", ".join(twice[:10])})
        if self.y > MAX_ROWS:
            self.problems.append(_("A room has at most %(limit)s rows.") % {"limit": MAX_ROWS})
        if not self.seats and not self.problems:
            self.problems.append(_("The room has no seats."))
        spaces = {seat.label: seat for seat in self.seats if seat.feature == Seat.Feature.WHEELCHAIR}
        for line, seat, named in self.companions:
            self.line = line
            if not named:
                seat.companion_of = nearest_wheelchair(seat, [one for one in self.seats if one.y == seat.y])
            elif named in spaces:
                seat.companion_of = spaces[named]
            elif named != "-":
                self.refuse(_("%(seat)s belongs to %(named)s, which is no wheelchair space."), seat=seat, named=named)
