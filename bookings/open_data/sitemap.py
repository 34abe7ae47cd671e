"""Every page that search engines may show, with the day it last changed: https://www.sitemaps.org/protocol.html"""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.models import Change
from movies.models import Movie, Review
from theaters.models import Theater

PAGES = ["movies:home", "movies:browse", "theaters:theaters", "bookings:privacy"]


class PublicPages(Sitemap):
    """(path, when it last changed or None), in the order in which they matter. On the shop's own address."""

    limit = 50_000

    def items(self):
        reviewed = Movie.objects.filter(pk__in=Review.objects.approved().values("movie"))
        movies = Movie.objects.now_showing() | Movie.objects.coming_soon() | reviewed
        rows = [("theaters:theater", row) for row in with_change(Theater.objects.all())]
        rows += [("movies:movie", row) for row in with_change(movies)]
        return [(reverse(name), None) for name in PAGES] + [
            (reverse(name, args=[slug]), at) for name, (slug, at) in rows
        ]

    @cached_property
    def paginator(self):
        return super().paginator

    def location(self, item):
        return item[0]

    def lastmod(self, item):
        return item[1]

    def get_protocol(self, protocol=None):
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc


def with_change(rows):
    """(slug, when its row was changed last) of each, in one query."""
    changes = Change.objects.filter(table=rows.model._meta.db_table, row=OuterRef("pk")).order_by("-at")
    return rows.order_by("pk").values_list("slug", Subquery(changes.values("at")[:1]))
