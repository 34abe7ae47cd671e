from django import template
from django.db.models import Q

from bookings.reports.dashboard import Today
from bookings.reports.for_a_human import TROUBLE, for_a_human
from theaters.models import Theater
from theaters.roles import theaters_with

register = template.Library()


@register.inclusion_tag("admin/_dashboard.html", takes_context=True)
def dashboard(context):
    """The house today. Who only lets people in sees how full it gets, and no money."""
    user, chosen = context["user"], context["request"].GET.get("theater", "")
    sold_in = set(theaters_with(user, "bookings.view_booking").values_list("pk", flat=True))
    others = Q(pk__in=theaters_with(user, "bookings.check_in_ticket")) | Q(pk__in=theaters_with(user, TROUBLE))
    theirs = list(Theater.objects.filter(Q(pk__in=sold_in) | others))
    theaters = [theater for theater in theirs if theater.slug == chosen] or theirs
    money_in = [theater for theater in theaters if theater.pk in sold_in]
    return {
        "theirs": theirs,
        "chosen": theaters[0] if len(theaters) == 1 else None,
        "several": len(theaters) > 1,
        "today": Today(theaters, money_in),
        "looks_after": user.has_perm(TROUBLE),
        "for_a_human": for_a_human(user, theaters),
        "sees_reports": user.has_perm("bookings.view_reports"),
    }
