"""Who may see a movie: certificates are each country's own."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

validate_country = RegexValidator(r"^[A-Z]{2}\Z", _("Write the country as two capital letters, like DE or US."))


class Certificate(models.Model):
    """A movie's certificate in one country. Where a country has none, the movie's own holds: `Movie.certificate_in`."""

    movie = models.ForeignKey("movies.Movie", on_delete=models.CASCADE, related_name="certificates")
    country = models.CharField(
        _("country"),
        max_length=2,
        validators=[validate_country],
        help_text=_("Two letters, as with the city: DE, US, GB."),
    )
    code = models.CharField(_("certificate"), max_length=12, help_text=_("Such as FSK 12, PG-13."))
    rule = models.CharField(_("certificate in words"), max_length=300, blank=True)
    min_age = models.PositiveSmallIntegerField(_("minimum age"), null=True, blank=True)
    may_be_accompanied = models.BooleanField(_("younger ones with an adult"), default=False, db_default=False)

    class Meta:
        ordering = ["movie", "country"]
        verbose_name = _("certificate of a country")
        verbose_name_plural = _("certificates of countries")
        constraints = [models.UniqueConstraint(fields=["movie", "country"], name="certificate_once_per_country")]

    def __str__(self):
        return f"{self.code} {self.words}".strip()

    @property
    def words(self) -> str:
        """The rule as staff put it; else what follows from the age."""
        if self.rule or not self.min_age:
            return self.rule
        if self.may_be_accompanied:
            return gettext("Under %(age)d only together with a parent or guardian.") % {"age": self.min_age}
        return gettext("Nobody under %(age)d is let in.") % {"age": self.min_age}

    @property
    def at_the_door(self) -> str:
        """What the usher looks at. No birth date is asked for, and none is kept."""
        return gettext("Check the age: %(age)d and older.") % {"age": self.min_age} if self.min_age else ""

    def is_above(self, max_age: int | None) -> bool:
        """Whether all people up to this age are younger than it asks for."""
        return max_age is not None and self.min_age is not None and max_age < self.min_age

    def admits(self, max_age: int | None) -> bool:
        """Whether some people up to this age may come in, if need be with an adult."""
        return self.may_be_accompanied or not self.is_above(max_age)
