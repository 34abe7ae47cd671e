from django import template

from bookings.models import Trouble
from bookings.reports.dashboard import Today
from bookings.reports.for_a_human import for_a_human
from theaters.models import Theater
from theaters.roles import theaters_with

register = template.Library()


@register.simple_tag
def open_troubles():
    return Trouble.objects.open().count()


@register.inclusion_tag("admin/_dashboard.html", takes_context=True)
def dashboard(context):
    """The house today. Who only lets people in sees how full it gets, and no money."""
    user, chosen = context["user"], context["request"].GET.get("theater", "")
    sold_in = set(theaters_with(user, "bookings.view_booking").values_list("pk", flat=True))
    let_in = set(theaters_with(user, "bookings.check_in_ticket").values_list("pk", flat=True))
    theirs = list(Theater.objects.filter(pk__in=sold_in | let_in))
    theaters = [theater for theater in theirs if theater.slug == chosen] or theirs
    money_in = [theater for theater in theaters if theater.pk in sold_in]
    return {
        "theirs": theirs,
        "chosen": theaters[0] if len(theaters) == 1 else None,
        "several": len(theaters) > 1,
        "today": Today(theaters, money_in),
        "for_a_human": for_a_human(user, theaters) if money_in else [],
        "sees_reports": user.has_perm("bookings.view_reports"),
    }
