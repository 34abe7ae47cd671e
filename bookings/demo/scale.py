"""`manage.py demo --scale bookings=1000000`: years of business, for measuring what the shop is like when it is old."""

from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import OperationalError, connection, transaction

from bookings.demo import past, past_sales
from bookings.demo.building import create_house
from bookings.demo.bulk import bare
from bookings.demo.houses import HOUSES
from bookings.demo.people import DOOR, MANAGER, PASSWORD
from theaters.models import Screen, Theater

# One can still buy tickets for one in so many.
UPCOMING = 200
BOOKINGS_PER_CUSTOMER = 10
# The smallest room of the demo holds no more than so many of past_sales.PARTIES.
MOST_BOOKINGS_PER_SHOWTIME = 18
YEARS = 3
MOST_SHOWTIMES_PER_SCREEN = YEARS * 365 * past.SLOTS
SISTERS = {
    "Berlin": ["Hamburg", "München", "Köln", "Leipzig", "Bremen", "Dresden", "Münster", "Kiel", "Rostock", "Erfurt"],
    "New York": ["Boston", "Newark", "Albany", "Buffalo", "Trenton", "Hartford", "Baltimore", "Richmond", "Pittsburgh"],
}
TABLES = [
    *("accounts_user", "account_emailaddress", "theaters_showtime", "bookings_booking", "bookings_bookedseat"),
    *("bookings_payment", "bookings_refund", "bookings_ticket", "bookings_mail"),
]


class ScaleError(Exception):
    """The text says what to do."""


@dataclass(frozen=True)
class Scale:
    bookings: int
    showtimes: int
    theaters: int
    upcoming: int  # of the showtimes

    @classmethod
    def read(cls, words: list[str]) -> "Scale":
        """bookings=1000000, and if one likes showtimes=, upcoming= and theaters=. Raises ScaleError."""
        sizes = dict(read_size(word) for word in words)
        if "bookings" not in sizes:
            raise ScaleError("Say how many bookings: --scale bookings=1000000")
        showtimes = sizes.get("showtimes", max(1, sizes["bookings"] // 10))
        if sizes["bookings"] > showtimes * MOST_BOOKINGS_PER_SHOWTIME:
            least = -(-sizes["bookings"] // MOST_BOOKINGS_PER_SHOWTIME)
            raise ScaleError(
                f"{sizes['bookings']} bookings do not fit into {showtimes} showtimes: it takes at least {least}."
            )
        screens = sum(len(house.rooms) for house in HOUSES)
        chains = -(-showtimes // (screens * MOST_SHOWTIMES_PER_SCREEN))
        theaters = sizes.get("theaters", chains * len(HOUSES))
        return cls(sizes["bookings"], showtimes, theaters, min(sizes.get("upcoming", showtimes // UPCOMING), showtimes))

    @property
    def users(self):
        return max(2, self.bookings // BOOKINGS_PER_CUSTOMER)


def read_size(word: str) -> tuple[str, int]:
    name, _equals, number = word.partition("=")
    if name not in Scale.__dataclass_fields__:
        raise ScaleError(f"“{word}” is none of bookings=1000000, showtimes=100000, upcoming=500 and theaters=8.")
    if not (number.isascii() and number.isdecimal() and int(number)):
        raise ScaleError(f"How many {name}? “{number}” is no number: write it like {name}=1000.")
    return name, int(number)


def grow(scale: Scale, say) -> None:
    """After `fill`, once, all or nothing. Raises ScaleError where it was done before, or somebody is at work."""
    people = get_user_model().objects
    if people.filter(email=past.REGULAR).exists():
        raise ScaleError("This database has its past already. For another one begin with an empty database.")
    with transaction.atomic():
        create_sisters(scale.theaters)
    staff = {"cashier": people.get(email=MANAGER).pk, "usher": people.get(email=DOOR).pk}
    try:
        write_past(scale, staff, say)
    except OperationalError as error:
        raise ScaleError("Somebody is at work in this shop. Stop it, and try again.") from error
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_past(scale: Scale, staff: dict, say) -> None:
    words = staff | {"bookings": scale.bookings, "showtimes": scale.showtimes, "users": scale.users}
    with transaction.atomic(), bare(TABLES):
        words["users_base"] = past.write_people(scale.users, make_password(PASSWORD))
        words["showtimes_base"] = past.write_showtimes(scale.showtimes, scale.upcoming)
        say(f"{scale.showtimes} showtimes on {Screen.objects.count()} screens, {scale.users} customers")
        past_sales.write_sales(words, say)
        say("Taking up the indexes and keys of it all")


def create_sisters(theaters: int) -> None:
    """The demo's houses once more in other cities, until there are so many."""
    for number in range(theaters - Theater.objects.count()):
        house, turn = HOUSES[number % len(HOUSES)], number // len(HOUSES)
        cities = SISTERS[house.city]
        city = cities[turn] if turn < len(cities) else f"{house.city} {turn - len(cities) + 2}"
        theater = house.theater | {
            "name": f"{house.theater['name']} {city}",
            "slug": f"{house.theater['slug']}-{turn + 2}",
        }
        create_house(replace(house, city=city, theater=theater))
