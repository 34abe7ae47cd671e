from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from theaters.models.places import Screen, Theater


class SeatCategory(models.Model):
    """What a seat is sold as; prices are set per category."""

    class Look(models.TextChoices):
        STANDARD = "standard", _("Standard")
        PREMIUM = "premium", _("Premium")
        RECLINER = "recliner", _("Recliner")
        BALCONY = "balcony", _("Balcony")
        SOFA = "sofa", _("Sofa")

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="seat_categories")
    name = models.CharField(_("name"), max_length=40)
    look = models.CharField(_("drawn as"), max_length=12, choices=Look, default=Look.STANDARD)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["theater", "order", "pk"]
        verbose_name = _("seat category")
        verbose_name_plural = _("seat categories")
        constraints = [models.UniqueConstraint(fields=["theater", "name"], name="seat_category_name_once_per_theater")]

    def __str__(self):
        return self.name


class SeatLayout(models.Model):
    """A numbered version of a room. Once published it never changes: tickets speak of its seats."""

    screen = models.ForeignKey(Screen, on_delete=models.PROTECT, related_name="layouts")
    version = models.PositiveSmallIntegerField(_("version"))
    note = models.CharField(_("what is new"), max_length=200, blank=True)
    is_curved = models.BooleanField(_("rows are curved around the screen"), default=False, db_default=False)
    has_free_seating = models.BooleanField(
        _("free seating: guests choose how many, not where"),
        default=False,
        db_default=False,
        help_text=_("The seats are places without a chair of their own; publishing counts them through from 1."),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["screen", "-version"]
        verbose_name = _("seat layout")
        verbose_name_plural = _("seat layouts")
        constraints = [models.UniqueConstraint(fields=["screen", "version"], name="layout_version_once_per_screen")]

    def __str__(self):
        return _("%(screen)s, layout %(version)s") % {"screen": self.screen, "version": self.version}

    @property
    def is_published(self):
        return self.published_at is not None


class Seat(models.Model):
    """A chair (or a wheelchair space) at its place in the room.

    `x` and `y` count places from the left and rows from the screen, aisles included; `number` is what is
    printed on the chair. Who sits beside whom is data, not geometry: an aisle breaks it. Where seating is free
    it has no `row`, and its `number` only counts.
    """

    class Feature(models.TextChoices):
        NONE = "", _("none")
        WHEELCHAIR = "wheelchair", _("Wheelchair space")
        COMPANION = "companion", _("Companion seat")
        LOVE_SEAT = "love_seat", _("Love seat")
        RESTRICTED = "restricted", _("Restricted view")
        TRANSFER = "transfer", _("Transfer seat")  # at an aisle, its armrest lifts; on sale to everybody

    layout = models.ForeignKey(SeatLayout, on_delete=models.CASCADE, related_name="seats")
    row = models.CharField(_("row"), max_length=4, blank=True)
    number = models.CharField(_("number"), max_length=4)
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()
    category = models.ForeignKey(
        SeatCategory, verbose_name=_("category"), on_delete=models.PROTECT, related_name="seats"
    )
    feature = models.CharField(_("feature"), max_length=12, choices=Feature, blank=True)
    is_blocked = models.BooleanField(_("never sold"), default=False)
    next_to_right = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="next_to_left"
    )
    companion_of = models.ForeignKey(
        "self",
        verbose_name=_("companion seat of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="companions",
    )
    # The other half of a love seat: both are sold together, or neither. A plain key, as halves may change over.
    partner = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["layout", "y", "x"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(fields=["layout", "row", "number"], name="seat_label_once_per_layout"),
            models.UniqueConstraint(fields=["layout", "x", "y"], name="seat_place_once_per_layout"),
        ]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        """F7; where rows are numbered too, 1/12, so that it cannot be read as row 11 seat 2."""
        return f"{self.row}/{self.number}" if self.row[-1:].isdigit() else f"{self.row}{self.number}"

    @property
    def in_words(self) -> str:
        if not self.row:
            return labels_in_words([self.label])
        return gettext("Row %(row)s seat %(number)s") % {"row": self.row, "number": self.number}


def labels_in_words(labels: list[str]) -> str:
    """F7, F8; where seating is free, so that nobody looks for a chair: Free seating, places 17, 18."""
    joined = ", ".join(labels)
    if not are_places(labels):
        return joined
    words = ngettext("Free seating, place %(places)s", "Free seating, places %(places)s", len(labels))
    return words % {"places": joined}


def seats_in_words(labels: list[str]) -> str:
    """Seats F7, F8; where seating is free, as above."""
    if are_places(labels):
        return labels_in_words(labels)
    return ngettext("Seat %(labels)s", "Seats %(labels)s", len(labels)) % {"labels": ", ".join(labels)}


def are_places(labels: list[str]) -> bool:
    """Any seat with a row has more in its label than a number."""
    return bool(labels) and all(label.isdecimal() for label in labels)


class SeatOutage(models.Model):
    """A broken seat: not sold for showtimes that begin in the period."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="outages")
    reason = models.CharField(_("reason"), max_length=200)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True, help_text=_("Empty: until somebody says so."))

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("seat out of order")
        verbose_name_plural = _("seats out of order")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")), name="outage_ends_after_start"
            )
        ]

    def __str__(self):
        return f"{self.seat}: {self.reason}"

    def clean(self):
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("It must end after it starts.")})
