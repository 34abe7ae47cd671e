from datetime import date

from django.utils.translation import gettext as _

from bookings.exceptions import NotClosable
from bookings.flows.locking import patient
from bookings.models import FilmWeekReturn
from bookings.reports.film_weeks import FilmWeek, film_week, frozen, next_to_close
from theaters.models import Theater


@patient
def close_weeks(theater: Theater, *, until: date, by) -> list[FilmWeekReturn]:
    """Freeze every open film week that begins by a day, the first of them first; gives the new returns.

    Again: nothing new. Raises NotClosable for a week that is not over, Busy.
    """
    if theater.film_week_of(until)[1] >= theater.today:
        raise NotClosable(
            _("This film week runs until %(day)s. Close it when it is over.")
            % {"day": film_week(theater, until).ends_on}
        )
    made = []
    while (day := next_to_close(theater)) and day <= until:
        made.append(close(film_week(theater, day), by=by))
    return made


def close(week: FilmWeek, *, by) -> FilmWeekReturn:
    """Who is second to close it gets the first one's."""
    kept, _is_new = FilmWeekReturn.objects.get_or_create(
        theater=week.theater,
        starts_on=week.starts_on,
        defaults={
            "ends_on": week.ends_on,
            "lines": [frozen(line) for line in week.lines],
            "adjustments": [frozen(line) for line in week.adjustments],
            "content_hash": week.content_hash,
            "closed_by": by,
        },
    )
    return kept
