from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from theaters.models.places import Theater


class Membership(models.Model):
    """What somebody does in a theater; what each role may do there stands in theaters/roles.py."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        PROGRAMMER = "programmer", _("Programmer")
        BOX_OFFICE = "box_office", _("Box office")
        USHER = "usher", _("Usher")
        ACCOUNTANT = "accountant", _("Accountant")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="memberships"
    )
    theater = models.ForeignKey(
        Theater, verbose_name=_("theater"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)

    class Meta:
        ordering = ["theater", "role", "pk"]
        verbose_name = _("member of the team")
        verbose_name_plural = _("team")
        constraints = [models.UniqueConstraint(fields=["user", "theater"], name="one_role_per_person_and_theater")]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}, {self.theater}"
