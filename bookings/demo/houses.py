"""Two cities, four theaters, ten rooms, and what a seat costs there."""

from dataclasses import dataclass, field
from decimal import Decimal

WEEKEND = {"name": "Weekend", "weekdays": [4, 5, 6], "holidays": "too", "priority": 10}
# An empty `from_time` would make the late show at half past midnight a matinee.
MATINEE = {"name": "Matinee", "weekdays": [0, 1, 2, 3, 4], "from_time": "06:00", "until_time": "17:00"}
MATINEE |= {"holidays": "not", "priority": 20}
HOLIDAYS = {(1, 1): "New Year's Day", (5, 1): "May Day", (12, 25): "Christmas Day", (12, 26): "Boxing Day"}


@dataclass
class Room:
    name: str
    rows: str
    seats: int
    categories: list  # (rows, name of the category), later wins
    aisles: tuple = ()
    short_rows: dict = field(default_factory=dict)
    right_to_left: bool = False
    companions: dict = field(default_factory=dict)  # wheelchair space -> the seats beside it, by blanks
    blocked: tuple = ()
    restricted: tuple = ()
    transfer: tuple = ()
    is_curved: bool = False
    has_free_seating: bool = False
    legal_capacity: int | None = None
    kept: tuple = ()  # by the house, until half an hour before the start


@dataclass
class House:
    city: str
    country: str
    theater: dict
    categories: dict  # name -> how it is drawn
    ticket_types: list  # (cheaper than the adult by, fields); by None: free
    cards: list  # (fields, adult price by category)
    rooms: list
    surcharges: dict = field(default_factory=dict)  # format -> (name, amount)
    promo_codes: list = field(default_factory=list)


BERLIN = {
    "time_zone": "Europe/Berlin",
    "film_week_starts": 3,
    "currency": "EUR",
    "tax_name": "VAT",
    "tax_rate": Decimal(7),
    "tax_included": True,
}
NEW_YORK = {
    "time_zone": "America/New_York",
    "currency": "USD",
    "tax_name": "Sales tax",
    "tax_rate": Decimal("8.875"),
    "tax_included": False,
}
ADULT = {"name": "Adult", "is_default": True}
STUDENT = {"name": "Student", "note": "Student ID is asked for at the door."}
CARER = {"name": "Carer", "note": "Free with another ticket. Nobody asks for proof.", "with_another": True}

RIALTO = House(
    city="Berlin",
    country="DE",
    theater={
        **BERLIN,
        "name": "Rialto",
        "slug": "rialto",
        "address": "Lindenufer 12, 10999 Berlin",
        "email": "kasse@rialto.example",
        "phone": "+49 30 5550 1912",
        "description": "Three screens behind a façade of 1912, on the canal. The big hall still has its curtain.",
        "booking_fee": Decimal("0.90"),
        "space_release": "minutes",
    },
    categories={"Standard": "standard", "Premium": "premium", "Sofa": "sofa"},
    ticket_types=[
        ("0", ADULT),
        ("3.50", {"name": "Child", "note": "Up to 14 years.", "max_age": 14}),
        ("2.00", STUDENT),
        ("2.00", {"name": "Senior", "note": "From 65 years."}),
        (None, CARER),
    ],
    cards=[
        ({"name": "Evening"}, {"Standard": "12.50", "Premium": "14.50", "Sofa": "17.00"}),
        (WEEKEND, {"Standard": "13.90", "Premium": "15.90", "Sofa": "18.50"}),
        (MATINEE, {"Standard": "9.50", "Premium": "11.50", "Sofa": "14.00"}),
    ],
    surcharges={"3d": ("3D surcharge", "3.00")},
    promo_codes=[{"code": "SUMMER10", "value": 10, "note": "Newsletter"}],
    rooms=[
        Room(
            name="Großer Saal",
            rows="A-P",
            seats=18,
            categories=[("*", "Standard"), ("K-N", "Premium"), ("P", "Sofa")],
            aisles=(4, 14),
            short_rows={"A": 10, "B": 14, "C": 16},
            companions={"A1": "A2 A3", "A10": "A9 A8"},
            blocked=("N18",),
            kept=("L9", "L10"),
        ),
        Room(
            name="Saal 2",
            rows="A-K",
            seats=12,
            categories=[("*", "Standard"), ("H-K", "Premium")],
            aisles=(6,),
            short_rows={"A": 8},
            right_to_left=True,
            companions={"A1": "A2"},
            transfer=("B1", "C1"),
        ),
        Room(
            name="Studio",
            rows="A-H",
            seats=10,
            categories=[("*", "Standard"), ("H", "Sofa")],
            aisles=(3,),
            short_rows={"H": 8},
            companions={"A10": "A9"},
            restricted=("A4",),
        ),
    ],
)

LICHTSPIEL = House(
    city="Berlin",
    country="DE",
    theater={
        **BERLIN,
        "name": "Lichtspiel",
        "slug": "lichtspiel",
        "address": "Hinterhof, Gärtnerstraße 30, 10245 Berlin",
        "email": "hallo@lichtspiel.example",
        "phone": "+49 30 5550 0048",
        "description": "Forty-eight seats in a former bakery, half of them on sofas. Originals only, bread on Sundays.",
        "booking_fee": Decimal("0.50"),
        "preshow_minutes": 10,
    },
    categories={"Armchair": "standard", "Sofa": "sofa", "Deckchair": "standard"},
    ticket_types=[
        ("0", ADULT),
        ("4.00", {"name": "Child", "note": "Up to 14 years.", "max_age": 14}),
        ("2.00", STUDENT),
        ("1.50", {"name": "Senior", "note": "From 65 years."}),
        (None, CARER),
    ],
    cards=[
        ({"name": "Every day"}, {"Armchair": "11.00", "Sofa": "13.50", "Deckchair": "10.00"}),
        (WEEKEND, {"Armchair": "12.00", "Sofa": "14.50", "Deckchair": "11.00"}),
        (
            {"name": "Cinema Tuesday", "weekdays": [1], "priority": 20},
            {"Armchair": "8.50", "Sofa": "11.00", "Deckchair": "8.00"},
        ),
    ],
    rooms=[
        Room(
            name="Backstube",
            rows="A-F",
            seats=8,
            categories=[("*", "Armchair"), ("D-F", "Sofa")],
            aisles=(4,),
            companions={"A1": "A2"},
            legal_capacity=45,
        ),
        Room("Hof", "A-F", 10, [("*", "Deckchair")], companions={"A1": "A2"}, has_free_seating=True),
    ],
)

PARAGON = House(
    city="New York",
    country="US",
    theater={
        **NEW_YORK,
        "name": "The Paragon",
        "slug": "the-paragon",
        "address": "410 West 44th Street, New York, NY 10036",
        "email": "boxoffice@paragon.example",
        "phone": "+1 212 555 0144",
        "description": "The big one: IMAX with a balcony, two more rooms, and recliners you may never leave.",
        "single_seats": "warn",
        "space_release": "room",
        "booking_fee": Decimal("1.29"),
        "order_fee": Decimal("1.00"),
        "exchange_minutes": 60,
        "exchange_fee": Decimal("2.00"),
        "preshow_minutes": 20,
        "cleaning_minutes": 20,
    },
    categories={"Standard": "standard", "Premium": "premium", "Recliner": "recliner", "Balcony": "balcony"},
    ticket_types=[
        ("0", ADULT),
        ("4.00", {"name": "Child", "note": "Up to 12 years.", "max_age": 12}),
        ("2.50", STUDENT),
        ("3.00", {"name": "Senior", "note": "From 62 years."}),
        (None, CARER),
    ],
    cards=[
        ({"name": "Evening"}, {"Standard": "16.50", "Premium": "19.00", "Recliner": "21.50", "Balcony": "15.00"}),
        (
            WEEKEND,
            {"Standard": "18.00", "Premium": "20.50", "Recliner": "23.00", "Balcony": "16.50"},
        ),
        (
            MATINEE,
            {"Standard": "12.50", "Premium": "15.00", "Recliner": "17.50", "Balcony": "11.50"},
        ),
        (
            {"name": "IMAX", "format": "imax", "priority": 30},
            {"Standard": "24.00", "Premium": "27.00", "Recliner": "29.50", "Balcony": "22.00"},
        ),
        (
            {"name": "IMAX 3D", "format": "imax-3d", "priority": 30},
            {"Standard": "24.00", "Premium": "27.00", "Recliner": "29.50", "Balcony": "22.00"},
        ),
    ],
    surcharges={"3d": ("3D surcharge", "3.50"), "imax-3d": ("3D surcharge", "2.00")},
    promo_codes=[
        {"code": "FRIENDS5", "kind": "amount", "value": 5, "limit": 200, "limit_per_customer": 1, "minimum": 30}
    ],
    rooms=[
        Room(
            name="IMAX",
            rows="A-M,AA-CC",
            seats=22,
            categories=[("*", "Standard"), ("E-H", "Premium"), ("J-K", "Recliner"), ("AA-CC", "Balcony")],
            aisles=(5, 17),
            short_rows={"A": 12, "B": 16, "C": 18, "AA": 16, "BB": 16, "CC": 16},
            companions={"A1": "A2", "A12": "A11", "M1": "M2 M3 M4", "M22": "M21 M20 M19"},
            is_curved=True,
        ),
        Room(
            name="Screen 2",
            rows="A-L",
            seats=14,
            categories=[("*", "Standard"), ("H-L", "Premium")],
            aisles=(7,),
            short_rows={"A": 10},
            companions={"L1": "L2", "L14": "L13"},
        ),
        Room(
            name="Screen 3",
            rows="A-F",
            seats=10,
            categories=[("*", "Recliner")],
            aisles=(2, 8),
            companions={"C1": "C2"},
        ),
    ],
)

ANCHOR = House(
    city="New York",
    country="US",
    theater={
        **NEW_YORK,
        "name": "Anchor Picture House",
        "slug": "anchor-picture-house",
        "address": "77 Ferry Street, Brooklyn, NY 11201",
        "email": "tickets@anchorpictures.example",
        "phone": "+1 718 555 0177",
        "description": "Two screens in an old chandlery under the bridge. Subtitles, 70 mm, a bell before every film.",
        "single_seats": "block",
        "space_release": "price",
        "booking_fee": Decimal("1.25"),
        "preshow_minutes": 10,
    },
    categories={"Standard": "standard", "Premium": "premium", "Sofa": "sofa"},
    ticket_types=[
        ("0", ADULT),
        ("5.00", {"name": "Child", "note": "Up to 12 years.", "max_age": 12}),
        ("4.00", STUDENT),
        ("4.00", {"name": "Senior", "note": "From 62 years."}),
        (None, CARER),
    ],
    cards=[
        ({"name": "Evening"}, {"Standard": "15.00", "Premium": "17.00", "Sofa": "19.00"}),
        (WEEKEND, {"Standard": "16.00", "Premium": "18.00", "Sofa": "20.00"}),
        (MATINEE, {"Standard": "11.00", "Premium": "13.00", "Sofa": "15.00"}),
        (
            {"name": "70 mm", "format": "70mm", "priority": 30},
            {"Standard": "19.00", "Premium": "21.00", "Sofa": "23.00"},
        ),
    ],
    rooms=[
        Room(
            name="Main House",
            rows="A-M",
            seats=13,
            categories=[("*", "Standard"), ("F-J", "Premium")],
            aisles=(4, 9),
            short_rows={"A": 5, "B": 9, "M": 9},
            companions={"A1": "A2", "A5": "A4"},
        ),
        Room(
            name="The Hold",
            rows="A-F",
            seats=8,
            categories=[("*", "Standard"), ("F", "Sofa")],
            short_rows={"A": 6},
            right_to_left=True,
            companions={"A1": "A2"},
            restricted=("B8",),
        ),
    ],
)
HOUSES = [RIALTO, LICHTSPIEL, PARAGON, ANCHOR]
