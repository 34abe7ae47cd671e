"""Words, times and prices for every template; in the settings as builtin, so nobody has to load it.

Times go through here because a theater's clock counts, not the server's: the `date` filter would turn them into UTC.
"""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from theaters.access import LACKS, lacking, needs_of
from theaters.models import City
from theaters.models.seats_left import count_left
from theaters.money import format_money

register = template.Library()


@register.simple_tag
def money(amount, currency):
    return format_money(amount, currency)


@register.simple_tag
def money_pattern():
    """For scripts that add up."""
    return pgettext("money", "%(currency)s %(amount)s") % {"currency": "{currency}", "amount": "{amount}"}


@register.simple_tag
def clock(moment, theater):
    """<time>19:30</time> by the theater's clock, with its offset for machines."""
    local = moment.astimezone(theater.zone)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), time_format(local, "H:i"))


@register.simple_tag
def starts(showtime):
    """The same as `when`, as <time>."""
    return format_html(
        '<time datetime="{}">{}</time>', showtime.local_start.isoformat(timespec="minutes"), when(showtime)
    )


@register.filter
def when(showtime):
    """Friday 20 November, 19:30; after midnight Friday night 00:10 (Sat 21 November), as on the programme."""
    local, evening = showtime.local_start, showtime.business_date
    time = time_format(local, "H:i")
    if not showtime.is_late_night:
        return _("%(day)s, %(time)s") % {"day": date_format(local, "l j F"), "time": time}
    night = {"weekday": date_format(evening, "l"), "time": time, "date": date_format(local, "D j F")}
    return _("%(weekday)s night %(time)s (%(date)s)") % night


@register.filter
def sale_begins(showtime):
    """Friday 27 November, 10:00: by the theater's clock."""
    local = showtime.on_sale_from.astimezone(showtime.theater.zone)
    return _("%(day)s, %(time)s") % {"day": date_format(local, "l j F"), "time": time_format(local, "H:i")}


@register.filter
def day_name(day, theater):
    """Today, Tomorrow, Fri 20 Nov: by the calendar, as people say it, and not by the day of the programme."""
    today = timezone.localdate(timezone=theater.zone)
    names = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    return names.get(day) or date_format(day, "D j M")


@register.filter
def weekday(day, theater):
    """Today or Fri: above a date. Without a theater nobody knows whose today it would be."""
    is_today = theater and day == timezone.localdate(timezone=theater.zone)
    return _("Today") if is_today else date_format(day, "D")


@register.filter
def local_day(showtime):
    """Sat 21 Nov: the calendar's day, not the programme's."""
    return date_format(showtime.local_start, "D j M")


@register.filter
def local_end_time(showtime):
    return time_format(showtime.local_end, "H:i")


@register.filter
def zone_name(theater):
    """The name of its clock today: CET, EST."""
    return timezone.now().astimezone(theater.zone).tzname()


@register.filter
def span(minutes):
    """A length of time before the start: 30 minutes, 2 hours, 2 days."""
    if minutes % 1440 == 0 and minutes > 1440:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


@register.filter
def refund_rule(rule):
    """A line of a refund policy: Up to 2 hours before the start: 50 % of the price, without the booking fee."""
    words = {"span": span(rule["minutes_before"]), "percent": floatformat(rule["percent"], -2)}
    until = _("Up to %(span)s before the start:") % words if rule["minutes_before"] else _("Until the start:")
    price = _("%(percent)s%% of the price") % words
    fee = _("and the booking fee") if rule["fee_refunded"] else _("without the booking fee")
    return f"{until} {price}, {fee}."


@register.filter
def exchange_rule(rule, currency):
    """Up to 2 hours before the start you can exchange the tickets for another showtime, for a fee of € 2.00."""
    words = {"span": span(rule["minutes_before"]), "fee": format_money(Decimal(rule["fee"]), currency)}
    if not Decimal(rule["fee"]):
        if not rule["minutes_before"]:
            return _("Until the start you can exchange the tickets for another showtime, free of charge.")
        return (
            _("Up to %(span)s before the start you can exchange the tickets for another showtime, free of charge.")
            % words
        )
    if not rule["minutes_before"]:
        return _("Until the start you can exchange the tickets for another showtime, for a fee of %(fee)s.") % words
    return (
        _("Up to %(span)s before the start you can exchange the tickets for another showtime, for a fee of %(fee)s.")
        % words
    )


@register.simple_tag(takes_context=True)
def count_seats(context, showtimes, at_counter=False):
    """See `count_left`; what a description of the page has counted is not counted again.

    Beside it `lacks`, by the visitor's access needs, and `fits`.
    """
    showtimes, needs = list(showtimes), needs_of(context.get("request"))
    if not all(hasattr(showtime, "availability") for showtime in showtimes):
        count_left(showtimes, at_counter=at_counter)
    for showtime in showtimes:
        lacks = lacking(showtime, needs, has_space=showtime.spaces_left > 0)
        showtime.lacks = [LACKS[need] for need in lacks]
        showtime.fits = bool(needs) and not lacks
    return ""


@register.simple_tag(takes_context=True)
def count_seats_on(context, cards):
    """The same for the `next_showtimes` of movies, for all cards at once."""
    return count_seats(context, [showtime for movie in cards for showtime in movie.next_showtimes])


@register.filter
def fitting_first(showtimes):
    """By what `count_seats` has found; else as they stand."""
    return sorted(showtimes, key=lambda showtime: not getattr(showtime, "fits", False))


@register.simple_tag
def lang_of_texts():
    """For an element with words that staff have written, on a page in another language: WCAG 3.1.2."""
    language = settings.TEXT_LANGUAGE
    return "" if language == get_language() else format_html(' lang="{}"', language)


@register.simple_tag(takes_context=True)
def access_needs(context):
    return needs_of(context.get("request"))


@register.simple_tag
def one_clock(cards):
    """A theater whose time is that of all `next_showtimes`; None where their clocks differ."""
    theaters = {showtime.theater.time_zone: showtime.theater for movie in cards for showtime in movie.next_showtimes}
    return next(iter(theaters.values())) if len(theaters) == 1 else None


@register.simple_tag(takes_context=True)
def chosen_city(context):
    slug = session_city(context.get("request"))
    return City.objects.filter(slug=slug).first() if slug else None


def session_city(request):
    """A request that was refused early has no session, yet it gets an error page."""
    return request.session.get("city", "") if hasattr(request, "session") else ""


@register.inclusion_tag("theaters/_city_choice.html", takes_context=True)
def city_choice(context):
    """The menu in the header. The page we come back to must not name another city itself."""
    request = context.get("request")
    if request is None:
        return {}
    stay = request.GET.copy()
    for name in ("city", "page"):
        stay.pop(name, None)
    here = f"{request.path}?{stay.urlencode()}".rstrip("?") if request.method in ("GET", "HEAD") else ""
    cities = list(City.objects.all())
    chosen = next((city for city in cities if city.slug == session_city(request)), None)
    return {"cities": cities, "city": chosen, "next": here, "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def sign_in_next(context):
    """?next= for links to the sign-in, so that people come back to where they were."""
    request = context.get("request")
    if request is None or request.method not in ("GET", "HEAD"):
        return ""
    here = request.GET.get("next") if request.path.startswith("/accounts/") else request.get_full_path()
    return f"?{urlencode({'next': here})}" if here else ""
