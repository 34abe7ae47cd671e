"""The customer's own seat map on pages of the office, which stand below it and must not import it."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.proposals import bookings_hit
from bookings.seat_map import drawing_rows
from theaters.models import Seat
from theaters.roles import may

register = template.Library()


@register.inclusion_tag("bookings/_room.html")
def drawn_room(layout, checked=(), *, is_open=True):
    """The room with a checkbox for each seat, `name="seats"`."""
    rows = drawing_rows(layout, checked=set(checked), marked=not_for_sale(layout), is_open=is_open)
    return {"rows": rows, "is_closed": not is_open}


def not_for_sale(layout) -> dict[int, str]:
    """{seat id: why}, as things are now in every showtime of this room."""
    kept = Seat.objects.filter(house_seats__layout=layout, house_seats__showtime=None)
    marked = dict.fromkeys(kept.values_list("pk", flat=True), _("kept by the house"))
    now = timezone.now()
    broken = layout.seats.filter(outages__starts_at__lte=now).exclude(outages__ends_at__lte=now)
    marked |= dict.fromkeys(broken.values_list("pk", flat=True), _("out of order"))
    never = layout.seats.filter(is_blocked=True)
    return marked | dict.fromkeys(never.values_list("pk", flat=True), _("never sold"))


@register.inclusion_tag("admin/bookings/_hit_bookings.html", takes_context=True)
def bookings_hit_by(context, outage):
    """Who has bought a seat that is out of order, and where they could sit."""
    user = context["request"].user
    theater = outage.seat.layout.screen.theater
    return {"hits": bookings_hit(outage, user), "may_see": may(user, "bookings.view_booking", theater)}
