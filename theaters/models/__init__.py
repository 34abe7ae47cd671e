from theaters.models.house_seats import HouseSeats
from theaters.models.layouts import Seat, SeatCategory, SeatLayout, SeatOutage
from theaters.models.people import Membership
from theaters.models.places import City, RefundRule, Screen, Theater
from theaters.models.prices import Price, PriceCard, TicketType
from theaters.models.showtimes import Format, Showtime

__all__ = [
    "City",
    "Format",
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
    "Theater",
    "TicketType",
]
