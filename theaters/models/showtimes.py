from datetime import UTC, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from movies.certificates import Certificate
from movies.models import Language, Movie
from theaters.models.fitting import Band, FittingQuerySet, Need
from theaters.models.layouts import SeatCategory, SeatLayout
from theaters.models.places import Screen
from theaters.models.prices import Format, PriceCard

# No show is as long. What is on or to come has begun later than so long ago: with this bound the indexes that begin
# with, or end in, `starts_at` find it, and leave the years before unread.
LONGEST = timedelta(days=1)


class ShowtimeQuerySet(FittingQuerySet):
    def published(self):
        return self.filter(status=Showtime.Status.PUBLISHED)

    def not_closed(self):
        """One can still buy a ticket, listed or not, now or from some time on."""
        return self.published().filter(sales_close_at__gt=Now(), starts_at__gt=Now() - LONGEST)

    def upcoming(self):
        """Listed, and one can still buy a ticket."""
        return self.not_closed().filter(is_listed=True)

    def on_sale(self):
        """Listed, and the sale has begun and is not over."""
        return self.upcoming().filter(Q(on_sale_from=None) | Q(on_sale_from__lte=Now()))

    def on_the_programme(self):
        """What anybody may know of and is not over. A cancelled one stays, so that nobody comes for nothing."""
        known = self.exclude(status=Showtime.Status.DRAFT).filter(is_listed=True)
        return known.filter(ends_at__gt=Now(), starts_at__gt=Now() - LONGEST)

    def upcoming_or_cancelled(self):
        """Upcoming, and what would be if it were not cancelled."""
        return self.on_the_programme().filter(sales_close_at__gt=Now())

    def in_city(self, slug):
        return self.filter(screen__theater__city__slug=slug) if slug else self

    def days(self) -> list:
        """The days of the programme that have one, the first first."""
        return list(self.order_by("business_date").values_list("business_date", flat=True).distinct())

    def for_listing(self):
        listed = self.select_related("movie", "screen__theater__city", "audio_language", "subtitle_language")
        return listed.prefetch_related("movie__certificates")


class Showtime(models.Model):
    """A movie on a screen at a time, pinned to one version of the room and one price card.

    `starts_at` is what the ticket says; the ads run after it, so the room is taken from then until
    `free_at` (ads, movie, cleaning). The database refuses two on one screen that overlap.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    Band, Need = Band, Need

    class Stage(models.TextChoices):
        """How it stands just now, for staff."""

        DRAFT = "draft", _("Draft")
        WAITING = "waiting", _("On sale later")
        PUBLISHED = "published", _("Published")
        UNLISTED = "unlisted", _("Unlisted")
        CLOSED = "closed", _("Sale closed")
        CANCELLED = "cancelled", _("Cancelled")

    class Attribute(models.TextChoices):
        CAPTIONS = "captions", _("Open captions")
        AUDIO_DESCRIPTION = "audio-description", _("Audio description")
        RELAXED = "relaxed", _("Relaxed screening")
        BABY = "baby", _("Babies welcome")
        Q_AND_A = "q-and-a", _("With a talk")

    # An index of its own would hold all years; those below begin with movie and screen.
    movie = models.ForeignKey(
        Movie, verbose_name=_("movie"), on_delete=models.PROTECT, related_name="showtimes", db_index=False
    )
    screen = models.ForeignKey(
        Screen, verbose_name=_("screen"), on_delete=models.PROTECT, related_name="showtimes", db_index=False
    )
    layout = models.ForeignKey(
        SeatLayout, verbose_name=_("seat layout"), on_delete=models.PROTECT, related_name="showtimes"
    )
    price_card = models.ForeignKey(
        PriceCard, verbose_name=_("price card"), on_delete=models.PROTECT, related_name="showtimes"
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends about"), editable=False)
    free_at = models.DateTimeField(_("room free at"), editable=False)
    sales_close_at = models.DateTimeField(_("sale ends at"), editable=False)
    business_date = models.DateField(_("day of the programme"), editable=False)
    format = models.CharField(_("format"), max_length=12, choices=Format, default=Format.TWO_D)
    audio_language = models.ForeignKey(
        Language, verbose_name=_("spoken"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subtitle_language = models.ForeignKey(
        Language, verbose_name=_("subtitles"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    attributes = ArrayField(
        models.CharField(max_length=20, choices=Attribute), verbose_name=_("special"), default=list, blank=True
    )
    legal_capacity = models.PositiveSmallIntegerField(
        _("legal capacity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Fewer people than the screen may hold, for this showtime only. Empty: as the screen says."),
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    is_listed = models.BooleanField(
        _("listed"), default=True, help_text=_("Unlisted: on sale, but only for those who have the link.")
    )

    on_sale_from = models.DateTimeField(_("on sale from"), null=True, blank=True)
    sale_closed_at = models.DateTimeField(_("sale closed by staff at"), null=True, blank=True, editable=False)
    has_waiting_room = models.BooleanField(
        _("waiting room"),
        default=False,
        db_default=False,
        help_text=_(
            "For a rush, such as a premiere: people stand in a queue before the seat map and are let in by and by. Who "
            "comes before the sale begins is put in order by lot."
        ),
    )
    waiting_room_rate = models.PositiveSmallIntegerField(
        _("let in a minute"),
        null=True,
        blank=True,
        help_text=_("People let in from the queue. 0: nobody for now. Empty: as many as the shop can carry."),
    )
    waiting_room_places = models.PositiveSmallIntegerField(
        _("most inside at once"),
        null=True,
        blank=True,
        help_text=_("People who choose seats at the same time. Empty: as many as the shop can carry."),
    )

    objects = ShowtimeQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("showtime")
        verbose_name_plural = _("showtimes")
        indexes = [
            models.Index(fields=["movie", "starts_at"], name="showtime_of_movie"),
            models.Index(fields=["screen", "starts_at"], name="showtime_of_screen"),
            models.Index(fields=["screen", "business_date"], name="showtime_of_day"),
            models.Index(fields=["status", "sales_close_at"], name="showtime_on_sale"),
            models.Index(fields=["starts_at"], name="showtime_starts_at"),
            models.Index(fields=["business_date"], name="showtime_business_date"),
        ]
        constraints = [
            # int8range instead of the plain id: equality in GiST would need an extension.
            ExclusionConstraint(
                name="showtime_one_at_a_time_per_screen",
                expressions=[
                    (
                        Func(F("screen_id"), F("screen_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func("starts_at", "free_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status="cancelled"),
                violation_error_message=_("Another showtime is on this screen at that time."),
            ),
            models.CheckConstraint(condition=Q(free_at__gt=F("starts_at")), name="showtime_free_after_start"),
        ]

    def __str__(self):
        return f"{self.movie}, {self.local_start:%Y-%m-%d %H:%M}"

    def get_absolute_url(self):
        return reverse("bookings:seat_map", args=[self.pk])

    @property
    def theater(self):
        return self.screen.theater

    @cached_property
    def certificate(self) -> Certificate:
        """The movie's in the country where it shows."""
        return self.movie.certificate_in(self.theater.city.country)

    @property
    def local_start(self):
        return self.starts_at.astimezone(self.theater.zone)

    @property
    def local_end(self):
        return self.ends_at.astimezone(self.theater.zone)

    @property
    def variant(self):
        """What two showtimes of a movie have in common on a printed programme."""
        return self.format, self.audio_language_id, self.subtitle_language_id

    @property
    def is_late_night(self):
        """After midnight, yet on the evening before's programme."""
        return self.local_start.date() != self.business_date

    @property
    def counter_closes_at(self):
        """The box office sells a little longer than the website; where staff close the sale it is over for both."""
        last = self.starts_at + timedelta(minutes=self.theater.counter_close_minutes)
        return min(last, self.ends_at, self.sale_closed_at or self.ends_at)

    @property
    def is_over(self):
        return timezone.now() >= self.ends_at

    @property
    def is_on_sale(self):
        return self.sells_at(timezone.now())

    @property
    def is_announced(self):
        """Shown already, on sale later."""
        now = timezone.now()
        return self.status == self.Status.PUBLISHED and self.opens_after(now) and now < self.sales_close_at

    def sells_at(self, moment) -> bool:
        is_open = not self.opens_after(moment) and moment < self.sales_close_at
        return self.status == self.Status.PUBLISHED and is_open

    def opens_after(self, moment) -> bool:
        return self.on_sale_from is not None and moment < self.on_sale_from

    @property
    def stage(self):
        now = timezone.now()
        if self.status != self.Status.PUBLISHED:
            return self.Stage(self.status)
        if now >= self.sales_close_at:
            return self.Stage.CLOSED
        if self.opens_after(now):
            return self.Stage.WAITING
        return self.Stage.PUBLISHED if self.is_listed else self.Stage.UNLISTED

    @property
    def attribute_labels(self):
        return [self.Attribute(attribute).label for attribute in self.attributes]

    def set_times(self):
        """Work out everything that follows from `starts_at`, the movie's runtime and the theater's rules."""
        # In UTC: a sum of local times would forget the hour that summer time takes or gives.
        self.starts_at = self.starts_at.astimezone(UTC)
        theater, minute = self.theater, timedelta(minutes=1)
        preshow = 0 if self.Attribute.RELAXED in self.attributes else theater.preshow_minutes
        self.ends_at = self.starts_at + (preshow + self.movie.runtime_minutes) * minute
        self.free_at = self.ends_at + theater.cleaning_minutes * minute
        self.sales_close_at = self.ordinary_end_of_sale
        if self.sale_closed_at:
            self.sales_close_at = min(self.sales_close_at, self.sale_closed_at)
        self.business_date = theater.business_date_of(self.starts_at)

    @property
    def people_allowed(self) -> int | None:
        """How many people may be in the room by law; None where only its seats limit them."""
        return min(filter(None, (self.legal_capacity, self.screen.legal_capacity)), default=None)

    @property
    def ordinary_end_of_sale(self):
        """By the theater's rule, whether or not staff have closed it before."""
        return self.starts_at + timedelta(minutes=self.theater.sales_close_minutes)

    def blocked_seat_ids(self) -> set[int]:
        """Seats never sold, out of order when it starts, or without a price that the map could show."""
        out_of_order = Q(outages__starts_at__lte=self.starts_at) & (
            Q(outages__ends_at__isnull=True) | Q(outages__ends_at__gt=self.starts_at)
        )
        priced = self.price_card.prices.filter(ticket_type=self.theater.default_ticket_type()).values("category")
        not_for_sale = Q(is_blocked=True) | out_of_order | ~Q(category__in=priced)
        return set(self.layout.seats.filter(not_for_sale).values_list("pk", flat=True))

    def missing_prices(self) -> list[tuple[SeatCategory, str]]:
        """The cells of the price card without which it cannot be published: (category, ticket type name)."""
        ticket_types = list(self.theater.ticket_types.all())
        categories = SeatCategory.objects.filter(seats__layout=self.layout).distinct()
        priced = set(self.price_card.prices.values_list("category_id", "ticket_type_id"))
        return [
            (category, ticket_type.name)
            for category in categories
            for ticket_type in ticket_types
            if (category.pk, ticket_type.pk) not in priced
        ]
