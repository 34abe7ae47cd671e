from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Django looks for them here.
from movies.certificates import Certificate
from movies.lists import ListedMovie, MovieList, WatchlistEntry  # noqa: F401
from movies.reviews import Review  # noqa: F401


class Genre(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("genre")
        verbose_name_plural = _("genres")

    def __str__(self):
        return self.name


class Language(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    code = models.CharField(_("code"), max_length=12, unique=True, help_text=_("BCP 47, such as en or pt-BR."))

    class Meta:
        ordering = ["name"]
        verbose_name = _("language")
        verbose_name_plural = _("languages")

    def __str__(self):
        return self.name


class MovieQuerySet(models.QuerySet):
    def now_showing(self, city=""):
        """Movies one can still buy a ticket for, in a city (its slug) or anywhere."""
        showtimes = self.model._meta.get_field("showtimes").related_model.objects
        return self.filter(pk__in=showtimes.upcoming().in_city(city).order_by().values("movie"))

    def coming_soon(self):
        """Announced, not yet released, and nowhere on sale."""
        return self.filter(release_on__gt=timezone.now().date()).exclude(
            pk__in=self.model.objects.now_showing().values("pk")
        )

    def for_cards(self):
        return self.select_related("language").prefetch_related("certificates", "genres")


class Movie(models.Model):
    title = models.CharField(_("title"), max_length=200)
    original_title = models.CharField(_("original title"), max_length=200, blank=True)
    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    synopsis = models.TextField(_("synopsis"), blank=True)
    runtime_minutes = models.PositiveSmallIntegerField(
        _("runtime in minutes"), null=True, blank=True, help_text=_("Without it no showtime can be scheduled.")
    )
    release_on = models.DateField(_("release date"), null=True, blank=True)
    certificate = models.CharField(_("certificate"), max_length=12, blank=True, help_text=_("Such as FSK 12, PG-13."))
    certificate_rule = models.CharField(
        _("certificate in words"),
        max_length=300,
        blank=True,
        help_text=_("Who may come in, such as “Under 12 only with a parent”. Shown before every purchase."),
    )
    min_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        null=True,
        blank=True,
        help_text=_("Ticket types for younger people only, such as Child, are not sold. Empty: all ages."),
    )
    may_be_accompanied = models.BooleanField(
        _("younger ones with an adult"),
        default=False,
        db_default=False,
        help_text=_("Then those ticket types are sold, too, with the rule beside the choice."),
    )
    content_advice = models.CharField(
        _("content advice"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("What some would rather know before, such as “Flashing lights, strong language”."),
    )
    language = models.ForeignKey(
        Language,
        verbose_name=_("original language"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="movies",
    )
    genres = models.ManyToManyField(Genre, verbose_name=_("genres"), blank=True, related_name="movies")
    distributor = models.CharField(_("distributor"), max_length=120, blank=True)
    no_passes = models.BooleanField(
        _("no passes"),
        default=False,
        db_default=False,
        help_text=_("The distributor allows no promo codes for this movie."),
    )
    trailer_url = models.URLField(_("trailer"), blank=True)
    poster = models.ImageField(_("poster"), upload_to="posters/", blank=True)
    poster_alt = models.CharField(
        _("poster in words"), max_length=200, blank=True, help_text=_("For those who cannot see it.")
    )

    poster_sizes = models.JSONField(
        _("sizes of the poster"),
        default=dict,
        db_default={},
        editable=False,
        help_text=_("By kind and width in pixels: the files made from the poster, see movies/renditions.py."),
    )

    objects = MovieQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name = _("movie")
        verbose_name_plural = _("movies")
        indexes = [models.Index(fields=["release_on"], name="movie_release_on")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("movies:movie", args=[self.slug])

    def certificate_in(self, country: str) -> Certificate:
        """The one of this country; where it has none, what the movie says for all."""
        return next((one for one in self.certificates.all() if one.country == country), self.own_certificate)

    @property
    def own_certificate(self) -> Certificate:
        code = self.certificate or (f"{self.min_age}+" if self.min_age else "")
        ages = {"min_age": self.min_age, "may_be_accompanied": self.may_be_accompanied}
        return Certificate(code=code, rule=self.certificate_rule, **ages)

    def certificates_at(self, showtimes) -> list[Certificate]:
        """Each that holds at one of these showtimes, once; without showtimes, in any country."""
        countries = dict.fromkeys(showtime.theater.city.country for showtime in showtimes)
        found = map(self.certificate_in, countries) if countries else [self.own_certificate, *self.certificates.all()]
        return [one for words, one in {str(one): one for one in found}.items() if words]

    @property
    def runtime(self):
        return timedelta(minutes=self.runtime_minutes or 0)


class Credit(models.Model):
    class Role(models.TextChoices):
        DIRECTOR = "director", _("Director")
        WRITER = "writer", _("Writer")
        CAST = "cast", _("Cast")
        MUSIC = "music", _("Music")

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="credits")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    name = models.CharField(_("name"), max_length=120)
    character = models.CharField(_("character"), max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["role", "order", "pk"]
        verbose_name = _("credit")
        verbose_name_plural = _("credits")

    def __str__(self):
        return f"{self.get_role_display()}: {self.name}"
