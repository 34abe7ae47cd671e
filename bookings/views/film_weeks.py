from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from bookings import flows
from bookings.exceptions import BookingError
from bookings.reports.film_weeks import ONE_DAY, changed_since, film_week, next_to_close
from bookings.views.report_forms import FilmWeekForm
from bookings.views.reports import file_response, for_a_page, stop_at_strangers, their_theaters
from theaters.roles import may


@require_safe
def film_weeks(request):
    """One theater's box-office return of one film week."""
    theaters = their_theaters(request)
    form = FilmWeekForm(request.GET, theaters=theaters)
    stop_at_strangers(form)
    if not form.is_valid():
        messages.error(request, _("There is no such day. This is the week that is closed next."))
    theater = form.cleaned_data.get("theater") or theaters.first()
    week = film_week(theater, form.cleaned_data.get("day") or next_to_close(theater) or theater.today)
    chosen = form.cleaned_data.get("distributor") if "distributor" in request.GET else None
    distributor = chosen if chosen in week.distributors() else None
    if (kind := request.GET.get("file")) in ("csv", "xlsx"):
        return as_file(week, distributor, kind)
    context = {
        **admin.site.each_context(request),
        **numbers_of(week, distributor),
        "title": _("Box-office return"),
        "theaters": theaters,
        "open_from": next_to_close(theater),
        "may_close": may(request.user, "bookings.add_filmweekreturn", theater),
    }
    return render(request, "admin/bookings/reports/film_week.html", context, status=400 if form.errors else 200)


def numbers_of(week, distributor):
    summary = week.summary(distributor)
    return {
        "week": week,
        "distributor": distributor,
        "before": week.starts_on - ONE_DAY,
        "after": week.ends_on + ONE_DAY,
        "summary": summary,
        "summary_totals": summary.totals(),
        "since": for_a_page(changed_since(week.closed)) if week.closed else None,
        **for_a_page(week.table(distributor)),
    }


def as_file(week, distributor, kind):
    facts = [
        (_("Theater"), week.theater.name),
        (_("Film week"), f"{week.starts_on} – {week.ends_on}"),
        (_("Distributor"), _("all") if distributor is None else distributor),
        (_("State"), _("closed") if week.closed else _("open: the numbers may still change")),
        (_("SHA-256 of the whole week"), week.content_hash),
    ]
    name = f"box-office-return-{week.theater.slug}-{week.starts_on}"
    return file_response(week.table(distributor), kind=kind, name=name, title=_("Box-office return"), facts=facts)


@require_POST
def close_film_week(request):
    form = FilmWeekForm(request.POST, theaters=their_theaters(request))
    stop_at_strangers(form)
    if not form.is_valid() or not (form.cleaned_data["theater"] and form.cleaned_data["day"]):
        raise Http404
    theater, day = form.cleaned_data["theater"], form.cleaned_data["day"]
    if not may(request.user, "bookings.add_filmweekreturn", theater):
        raise PermissionDenied
    try:
        made = flows.close_weeks(theater, until=day, by=request.user)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        words = ngettext("%d film week is closed.", "%d film weeks are closed.", len(made)) % len(made)
        messages.success(request, words if made else _("It was closed already."))
    address = urlencode({"theater": theater.pk, "day": day})
    return redirect(f"{reverse('bookings:film_weeks')}?{address}")
