"""Which showtimes fit a visitor: the time of day, what they need to see and hear and sit, how many they are."""

from datetime import time
from functools import reduce
from operator import and_

from django.core.cache import cache
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from theaters.models.layouts import Seat, SeatOutage
from theaters.models.together import most_together

TOGETHER, KEPT_SECONDS = "most seats together", 15


class Band(models.TextChoices):
    """A part of the day by the theater's clock; what starts after midnight is still late that night."""

    MORNING = "morning", _("Morning, until 12:00")
    AFTERNOON = "afternoon", _("Afternoon, from 12:00")
    EVENING = "evening", _("Evening, from 17:00")
    LATE = "late", _("Late, from 22:00")


class Need(models.TextChoices):
    """Without which somebody cannot come: the attributes of the same name, or a free place for a wheelchair."""

    CAPTIONS = "captions", _("Open captions")
    AUDIO_DESCRIPTION = "audio-description", _("Audio description")
    RELAXED = "relaxed", _("Relaxed screening")
    WHEELCHAIR = "wheelchair", _("Wheelchair space free")


class LocalTime(Func):
    template = "timezone(%(expressions)s)::time"
    output_field = models.TimeField()


BAND = Case(
    When(local_time__lt=F("screen__theater__day_cut"), then=Value(Band.LATE)),
    When(local_time__lt=time(12), then=Value(Band.MORNING)),
    When(local_time__lt=time(17), then=Value(Band.AFTERNOON)),
    When(local_time__lt=time(22), then=Value(Band.EVENING)),
    default=Value(Band.LATE),
    output_field=models.CharField(),
)


class FittingQuerySet(models.QuerySet):
    def with_band(self):
        local_time = LocalTime("screen__theater__time_zone", "starts_at")
        return self.alias(local_time=local_time).annotate(band=BAND)

    def meeting(self, needs):
        """Those that meet all of these needs."""
        fitting = self
        for need in needs:
            fitting = fitting.filter(self.meets(need))
        return fitting

    def fitting_first(self, needs):
        """Soonest first, but before all those that meet the needs."""
        if not needs:
            return self.order_by("starts_at", "pk")
        meets_all = reduce(and_, map(self.meets, needs))
        is_unfit = Case(When(meets_all, then=0), default=1, output_field=models.IntegerField())
        return self.annotate(is_unfit=is_unfit).order_by("is_unfit", "starts_at", "pk")

    def meets(self, need):
        """A condition for `filter` and for counting."""
        return Q(self.has_wheelchair_space()) if need == Need.WHEELCHAIR else Q(attributes__contains=[need])

    def has_wheelchair_space(self):
        """A hint, as holds are not counted."""
        showtime, start = OuterRef(OuterRef("pk")), OuterRef(OuterRef("starts_at"))
        taken = self.model.booked_seats.rel.related_model.objects.taken().filter(showtime=showtime, seat=OuterRef("pk"))
        broken = SeatOutage.objects.filter(seat=OuterRef("pk"), starts_at__lte=start)
        kept = self.model.house_seats.rel.related_model.objects.kept_now().filter(
            Q(showtime=showtime) | Q(showtime=None), Q(release_at=None) | Q(release_at__lt=start), seats=OuterRef("pk")
        )
        spaces = Seat.objects.filter(layout=OuterRef("layout"), feature=Seat.Feature.WHEELCHAIR, is_blocked=False)
        is_free = ~Exists(taken) & ~Exists(broken.exclude(ends_at__lte=start)) & ~Exists(kept)
        return Exists(spaces.filter(is_free))

    def with_seats_together(self, people):
        return self.exclude(pk__in=[pk for pk, most in self.most_together().items() if most < people])

    def most_together(self) -> dict[int, int]:
        """{showtime id: seats} of all that are on sale, at most fifteen seconds old; never used to sell."""
        return cache.get_or_set(TOGETHER, lambda: most_together(self.model.objects.upcoming()), KEPT_SECONDS)
