"""The office: Django's admin, ordered by what people do there and not by how the code is cut."""

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST


@dataclass(frozen=True)
class Page:
    """A page that is no list of rows: where it is, and the right that opens it."""

    name: str
    url: str
    permission: str


@dataclass(frozen=True)
class Task:
    name: str
    models: str = ""  # in the order in which they stand there
    pages: tuple[Page, ...] = ()


TASKS = [
    Task(
        _("Today"),
        "bookings.Booking bookings.Ticket bookings.DoorScan bookings.WaitingEntry",
        (
            Page(_("Box office"), "bookings:box_office", "bookings.sell_at_counter"),
            Page(_("Door"), "bookings:door", "bookings.check_in_ticket"),
        ),
    ),
    Task(
        _("What needs a human"),
        "bookings.Trouble bookings.Refund bookings.Dispute "
        "bookings.ShowtimeCancellation bookings.ShowtimeMove bookings.Breakdown",
    ),
    Task(
        _("Programme"),
        "theaters.Showtime movies.Movie movies.Review movies.Genre movies.Language",
        (Page(_("Schedule board"), "admin:theaters_showtime_board", "theaters.view_showtime"),),
    ),
    Task(
        _("Prices"),
        "theaters.PriceCard bookings.PromoCode theaters.TicketType theaters.SeatCategory",
        (Page(_("Which price card applies?"), "admin:theaters_pricecard_which", "theaters.view_pricecard"),),
    ),
    Task(_("Rooms"), "theaters.Screen theaters.SeatLayout theaters.HouseSeats theaters.SeatOutage"),
    Task(_("House and team"), "theaters.Theater theaters.City accounts.User auth.Group"),
    Task(
        _("Numbers"),
        "bookings.FilmWeekReturn",
        (
            Page(_("Reports"), "bookings:reports", "bookings.view_reports"),
            Page(_("Box-office return"), "bookings:film_weeks", "bookings.view_reports"),
        ),
    ),
    Task(
        _("Books and records"),
        "bookings.Payment bookings.Shift bookings.Redemption bookings.SeatRelease "
        "bookings.Inspection bookings.Mail bookings.StripeEvent",
    ),
]


class OfficePaginator(Paginator):
    """Counts no further than `MOST`: of what was ever sold nobody turns all pages, and a full count reads it all."""

    MOST = 2_000

    @cached_property
    def count(self):
        return min(self.known, self.MOST)

    @cached_property
    def known(self):
        return self.object_list.order_by().values("pk")[: self.MOST + 1].count()

    @property
    def is_cut(self):
        return self.known > self.MOST


class OfficeSite(AdminSite):
    def register(self, model_or_iterable, admin_class=None, **options):
        lists = {"paginator": OfficePaginator, "show_full_result_count": False}
        super().register(model_or_iterable, admin_class, **lists | options)

    def get_urls(self):
        restore = require_POST(self.admin_view(self.restore))
        return [path("restore/<int:change_id>/", restore, name="restore"), *super().get_urls()]

    def restore(self, request, change_id):
        from moviebooking.restoring import restore  # needs the models, which come after this site

        return restore(self, request, change_id)

    def get_app_list(self, request, app_label=None):
        if app_label:
            return super().get_app_list(request, app_label)
        found = {
            model["model"]._meta.label: model
            for app in self._build_app_dict(request).values()
            for model in app["models"]
        }
        groups = [self.group(request, task, found) for task in TASKS]
        rest = sorted(found.values(), key=itemgetter("name"))
        groups.append(self.as_app(_("More"), rest))
        return [group for group in groups if group["models"]]

    def group(self, request, task, found):
        pages = [page for page in task.pages if request.user.has_perm(page.permission)]
        rows = [{"name": page.name, "object_name": slugify(page.url), "admin_url": reverse(page.url)} for page in pages]
        return self.as_app(task.name, rows + [found.pop(label) for label in task.models.split() if label in found])

    @staticmethod
    def as_app(name, models):
        """As Django's own templates want it; each group has its own name, and no page of its own."""
        return {"name": name, "app_label": slugify(name), "app_url": "", "has_module_perms": True, "models": models}
