"""Promo codes: looked up for the page, then judged again and counted under the code's own row lock.

The lock comes last, after customer and showtime; see docs/locking.md.
"""

from datetime import date

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.exceptions import CodeRefused
from bookings.models import Booking, PromoCode, Redemption
from bookings.pricing import Quote, quote_seats
from theaters.models import Showtime
from theaters.models.prices import Weekday
from theaters.money import MINIMUM_CHARGE, format_money


def with_code(quote: Quote, code: str, *, user, showtime: Showtime) -> Quote:
    """For the page: the same seats, less what the code takes off. Raises CodeRefused with the reason.

    What waits for this customer here does not count: going on brings it back, or another booking in its place.
    """
    return judged(quote, code, user, showtime, besides=user.bookings.waiting().filter(showtime=showtime))


def judged(quote: Quote, code: str, user, showtime: Showtime, *, besides) -> Quote:
    promo = PromoCode.objects.filter(theater=showtime.theater, code__iexact=code).first()
    if promo is None or not promo.is_active:
        raise CodeRefused(
            _("We do not know the code “%(code)s” at %(theater)s. Please look whether it is typed as it was printed.")
            % {"code": code, "theater": showtime.theater}
        )
    check_showtime(promo, showtime)
    check_dates(promo, showtime.theater.today)
    check_uses(promo, user, besides)
    cheaper = quote_seats(quote.tariff, [(line.seat, line.ticket_type) for line in quote.lines], promo)
    check_price(promo, quote, cheaper)
    return cheaper


def check_showtime(promo: PromoCode, showtime: Showtime) -> None:
    if showtime.movie.no_passes:
        raise CodeRefused(
            _("The distributor of “%(movie)s” allows no promo codes. You can keep %(code)s for another movie.")
            % {"movie": showtime.movie, "code": promo}
        )
    movies = list(promo.movies.all())
    if movies and showtime.movie not in movies:
        titles = get_text_list([f"“{movie}”" for movie in movies], _("or"))
        raise CodeRefused(_("%(code)s is not for this movie, but for %(movies)s.") % {"code": promo, "movies": titles})
    if promo.weekdays and showtime.business_date.weekday() not in promo.weekdays:
        days = get_text_list([str(Weekday(day).label) for day in sorted(promo.weekdays)], _("or"))
        raise CodeRefused(_("%(code)s is for showtimes on %(days)s only.") % {"code": promo, "days": days})


def check_dates(promo: PromoCode, today: date) -> None:
    if promo.valid_until and today > promo.valid_until:
        words = {"code": promo, "day": date_format(promo.valid_until)}
        raise CodeRefused(_("%(code)s has expired: it could be used until %(day)s.") % words)
    if promo.valid_from and today < promo.valid_from:
        words = {"code": promo, "day": date_format(promo.valid_from)}
        raise CodeRefused(_("%(code)s can be used from %(day)s on.") % words)


def check_uses(promo: PromoCode, user, besides) -> None:
    if promo.limit is not None and promo.uses().exclude(booking__in=besides).count() >= promo.limit:
        raise CodeRefused(
            ngettext(
                "%(code)s could be used once, and somebody has used it.",
                "%(code)s could be used %(limit)d times, and is used up.",
                promo.limit,
            )
            % {"code": promo, "limit": promo.limit}
        )
    most = promo.limit_per_customer
    if user and most is not None and promo.uses_by(user).exclude(booking__in=besides).count() >= most:
        raise CodeRefused(
            ngettext(
                "You have used %(code)s already, and it is good for one booking per customer.",
                "You have used %(code)s already; it is good for %(limit)d bookings per customer.",
                most,
            )
            % {"code": promo, "limit": most}
        )


def check_price(promo: PromoCode, quote: Quote, cheaper: Quote) -> None:
    # Before the discount, which is in the quote already when it is judged again.
    if promo.minimum is not None and quote.price_total + quote.discount_total < promo.minimum:
        words = {"code": promo, "minimum": format_money(promo.minimum, quote.tariff.currency)}
        raise CodeRefused(_("%(code)s is for bookings with seats of %(minimum)s or more.") % words)
    if not cheaper.discount_total:
        raise CodeRefused(_("These seats are free already. You can keep %(code)s.") % {"code": promo})
    currency = cheaper.tariff.currency
    least = MINIMUM_CHARGE.get(currency, 0)
    if 0 < cheaper.total < least:
        words = {"code": promo, "left": format_money(cheaper.total, currency), "least": format_money(least, currency)}
        raise CodeRefused(
            _(
                "With %(code)s only %(left)s would be left to pay, and no card can be charged with less than "
                "%(least)s. You can keep it for another booking."
            )
            % words
        )


def redeem(booking: Booking, quote: Quote, user) -> None:
    """Count the code's use, in the caller's transaction. Raises CodeRefused for what has changed since the page."""
    if not quote.discount_total:
        return
    promo = locked_code(quote.promo.pk)
    again = judged(quote, promo.code, user, booking.showtime, besides=[])
    if again.total != quote.total:
        raise CodeRefused(
            _("The terms of %(code)s have just changed. Please look at the total once more.") % {"code": promo}
        )
    Redemption.objects.create(promo_code=promo, booking=booking, amount=quote.discount_total)


def redeem_again(booking: Booking) -> bool:
    """An expired booking comes back with its money: so does its code, unless others have used it up by now."""
    redemption = booking.redemptions.first()
    if redemption is None or redemption.released_at is None:
        return True
    promo = locked_code(redemption.promo_code_id)
    try:
        check_uses(promo, booking.user, besides=[])
    except CodeRefused:
        return False
    booking.redemptions.update(released_at=None)
    return True


def locked_code(pk: int) -> PromoCode:
    return PromoCode.objects.select_for_update(no_key=True).get(pk=pk)
