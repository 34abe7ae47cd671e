from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from theaters.admin import house_seats, layouts, outages, places, prices, showtimes

__all__ = ["house_seats", "layouts", "outages", "places", "prices", "showtimes"]

admin.site.index_title = _("Today at the office")
