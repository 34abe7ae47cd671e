"""A believable programme for an empty database: `fill`. What exists is never changed."""

from django.contrib.auth import get_user_model
from django.db import transaction

from bookings.demo.building import create_houses
from bookings.demo.fans import create_fans
from bookings.demo.movies import create_movies, hang_posters
from bookings.demo.people import create_people, give_roles
from bookings.demo.sales import sell_tickets
from bookings.demo.scale import grow
from bookings.demo.schedule import create_showtimes
from movies.models import Movie
from theaters.models import Screen, Seat, Showtime, Theater

POSTER_WIDTH = 800


def fill(*, buyers=0, poster_width=None, sales=False, scale=None, say=lambda words: None):
    """`scale`: a Scale, for years of business before; `say` hears how far that is. Raises ScaleError."""
    with transaction.atomic():
        create_people(buyers)
        create_movies()
        create_houses()
        give_roles()
        create_showtimes()
        create_fans()
    hang_posters(poster_width or POSTER_WIDTH)
    if sales:
        sell_tickets()
    if scale:
        grow(scale, say)
    models = [get_user_model(), Movie, Theater, Screen, Seat, Showtime]
    return {model._meta.verbose_name_plural: model.objects.count() for model in models}
