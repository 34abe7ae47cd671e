from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from theaters.models import Showtime, Theater

Rule = Theater.SpaceRelease


class SeatRelease(models.Model):
    """Wheelchair spaces and companion seats went on general sale: which, by what rule, and what was true then.

    Kept for good, as the evidence that the rule was kept. `area` is the category or the price the rule speaks of.
    """

    showtime = models.ForeignKey(
        Showtime, verbose_name=_("showtime"), on_delete=models.PROTECT, related_name="seat_releases"
    )
    rule = models.CharField(_("rule"), max_length=7, choices=Rule)
    area = models.CharField(_("where"), max_length=60, blank=True)
    seat_ids = ArrayField(models.BigIntegerField(), editable=False)
    seat_labels = models.JSONField(_("seats"), default=list)
    general = models.PositiveIntegerField(_("other seats for sale there"))
    sold = models.PositiveIntegerField(_("of them sold"))
    released_at = models.DateTimeField(_("on general sale from"))
    protected_at = models.DateTimeField(_("kept again from"), null=True, blank=True)

    class Meta:
        ordering = ["-released_at", "-pk"]
        verbose_name = _("release of wheelchair spaces")
        verbose_name_plural = _("releases of wheelchair spaces")
        constraints = [
            models.UniqueConstraint(
                fields=["showtime", "rule", "area"], condition=Q(protected_at=None), name="one_open_release_per_area"
            )
        ]

    def __str__(self):
        return f"{self.showtime}: {', '.join(self.seat_labels)}"

    @property
    def reason(self) -> str:
        """What was true when they went on sale."""
        words = {"sold": self.sold, "general": self.general, "area": self.area}
        return {
            Rule.ROOM: _("All other seats of the room were sold: %(sold)d of %(general)d."),
            Rule.AREA: _("All other seats in “%(area)s” were sold: %(sold)d of %(general)d."),
            Rule.PRICE: _("All other seats at %(area)s were sold: %(sold)d of %(general)d."),
            Rule.MINUTES: _("It was so close to the start; %(sold)d of %(general)d other seats were sold."),
        }[self.rule] % words
