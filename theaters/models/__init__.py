from theaters.models.house_seats import HouseSeats
from theaters.models.layouts import Seat, SeatCategory, SeatLayout, SeatOutage
from theaters.models.people import Membership
from theaters.models.places import City, RefundRule, Screen, Theater
from theaters.models.prices import Holiday, Price, PriceCard, Surcharge, TicketType
from theaters.models.showtimes import Format, Showtime
from theaters.models.taxes import TaxRule

__all__ = [
    "City",
    "Format",
    "Holiday",
    "HouseSeats",
    "Membership",
    "Price",
    "PriceCard",
    "RefundRule",
    "Screen",
    "Seat",
    "SeatCategory",
    "SeatLayout",
    "SeatOutage",
    "Showtime",
    "Surcharge",
    "TaxRule",
    "Theater",
    "TicketType",
]
