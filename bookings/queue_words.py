"""What somebody in the queue of a waiting room is told: sentences, and a time that is honest, as a range."""

from math import ceil

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# From so many to so many minutes: wide enough to stay true while others are quicker or slower.
RANGES = [(1, 2), (2, 4), (3, 6), (5, 10), (8, 15), (10, 20), (15, 30), (25, 45), (40, 60)]
SLOWEST = 0.2  # people a minute; below that nobody can say how long it takes


def words_of(place) -> dict[str, str]:
    """{"ahead", "time", "seats", "title"}: sentences, and what a tab is called meanwhile."""
    if place.state == "lobby":
        number = grouped(place.waiting)
        here = ngettext("%(number)s person is here so far.", "%(number)s people are here so far.", place.waiting)
        return {"ahead": here % {"number": number}, "time": "", "seats": "", "title": _("The sale begins soon")}
    return {
        "ahead": ahead_words(place.ahead),
        "time": time_words(place),
        "seats": seats_words(place.seats_left),
        "title": title_words(place.ahead),
    }


def ahead_words(ahead: int) -> str:
    if not ahead:
        return _("You are next.")
    words = ngettext("%(number)s person is ahead of you.", "%(number)s people are ahead of you.", ahead)
    return words % {"number": grouped(ahead)}


def title_words(ahead: int) -> str:
    if not ahead:
        return _("You are next")
    return ngettext("%(number)s ahead of you", "%(number)s ahead of you", ahead) % {"number": grouped(ahead)}


def time_words(place) -> str:
    """By how many have gone by in the last minutes, and not by what was planned."""
    if place.pace < SLOWEST:
        return _("Nobody is let in just now, so we cannot say how long it takes. Your place is kept.")
    minutes = (place.ahead + 1) / place.pace
    if minutes < 0.8:
        return _("It takes less than a minute.")
    for low, high in RANGES:
        if minutes * 1.2 <= high:
            return _("It takes about %(low)d to %(high)d minutes.") % {"low": low, "high": high}
    hours = ceil(minutes * 1.2 / 60)
    return ngettext("It takes up to %(n)d hour.", "It takes up to %(n)d hours.", hours) % {"n": hours}


def seats_words(left: int) -> str:
    if left < 0:
        return ""
    if not left:
        return _("All seats are taken just now. Some come back where somebody does not pay for them.")
    return ngettext("%(number)s seat is left.", "%(number)s seats are left.", left) % {"number": grouped(left)}


def grouped(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
