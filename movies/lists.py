"""What somebody wants to see, and lists of movies that they make to show to others."""

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_WATCHED = 200
MOST_LISTS = 20
MOST_LISTED = 100


class WatchlistEntry(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watchlist")
    movie = models.ForeignKey("movies.Movie", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(_("added at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("movie on a watchlist")
        verbose_name_plural = _("movies on watchlists")
        constraints = [models.UniqueConstraint(fields=["user", "movie"], name="watched_once_per_customer_and_movie")]

    def __str__(self):
        return str(self.movie)


class MovieList(models.Model):
    """Movies in an order, under a title. Others may read it only while it has a share key, which nobody guesses."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="movie_lists")
    title = models.CharField(_("title"), max_length=80)
    share_key = models.CharField(max_length=43, unique=True, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("list of movies")
        verbose_name_plural = _("lists of movies")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("movies:list", args=[self.pk])

    @property
    def shared_url(self):
        """For sending to friends; empty while it is not shared."""
        path = self.share_key and reverse("movies:shared_list", args=[self.share_key])
        return settings.SITE_URL + path if path else ""

    def share(self):
        """A new address each time: one that was taken back never comes to life again."""
        self.share_key = self.share_key or secrets.token_urlsafe(32)
        self.save(update_fields=["share_key"])

    def take_back(self):
        self.share_key = None
        self.save(update_fields=["share_key"])

    def append(self, movie):
        """At the end; one that is there stays where it is."""
        last = self.entries.aggregate(last=models.Max("order"))["last"]
        self.entries.get_or_create(movie=movie, defaults={"order": 0 if last is None else last + 1})

    def move(self, entry, steps: int):
        """Up (-1) or down (1); past an end it stays there."""
        entries = list(self.entries.all())
        place = entries.index(entry)
        entries.insert(min(max(place + steps, 0), len(entries) - 1), entries.pop(place))
        for order, each in enumerate(entries):
            each.order = order
        ListedMovie.objects.bulk_update(entries, ["order"])


class ListedMovie(models.Model):
    movie_list = models.ForeignKey(MovieList, on_delete=models.CASCADE, related_name="entries")
    movie = models.ForeignKey("movies.Movie", on_delete=models.CASCADE, related_name="+")
    note = models.CharField(_("note"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("movie of a list")
        verbose_name_plural = _("movies of lists")
        constraints = [models.UniqueConstraint(fields=["movie_list", "movie"], name="listed_once_per_list_and_movie")]

    def __str__(self):
        return str(self.movie)
