"""The office's reports: a page with filters for each, files for spreadsheets, and mails on a schedule."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.models import ReportSubscription
from bookings.reports import REPORTS
from bookings.reports.files import as_csv, as_xlsx
from bookings.views.report_forms import ReportForm, SubscribeForm
from theaters.roles import theaters_with

MOST_LINES = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def their_theaters(request, permission="bookings.view_reports"):
    """Those whose numbers they may see, which is 403 where there is none."""
    theaters = theaters_with(request.user, permission)
    if not theaters.exists():
        raise PermissionDenied
    return theaters


def report_or_404(slug):
    if slug not in REPORTS:
        raise Http404
    return REPORTS[slug]


def stop_at_strangers(form):
    """Somebody else's theater is not found; so is what no page of ours links to."""
    if "theater" in form.errors:
        raise Http404


def file_response(table, *, kind, name, title, facts):
    if kind == "csv":
        content, content_type = as_csv(table), "text/csv; charset=utf-8"
    else:
        content, content_type = as_xlsx(table, title=title, facts=facts), XLSX
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    )


def for_a_page(table):
    table_on_page, said = table.for_a_page()
    return {"shown": table_on_page, "said": said, "rows": table.rows[:MOST_LINES], "totals": table.totals()}


@require_safe
def reports(request):
    theaters = their_theaters(request)
    subscriptions = request.user.report_subscriptions.filter(theater__in=theaters).select_related("theater")
    context = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "reports": REPORTS.values(),
        "subscriptions": [(REPORTS[one.report], one) for one in subscriptions if one.report in REPORTS],
    }
    return render(request, "admin/bookings/reports/index.html", context)


@require_safe
def report(request, slug):
    theaters, asked = their_theaters(request), report_or_404(slug)
    form = ReportForm.asked(request.GET, theaters=theaters)
    stop_at_strangers(form)
    context = {**admin.site.each_context(request), "report": asked, "title": asked.title, "form": form}
    context["subscribe_form"] = SubscribeForm(theaters=theaters)
    if not form.is_valid():
        return render(request, "admin/bookings/reports/report.html", context, status=400)
    selection = form.selection()
    table = asked.table(selection)
    if (kind := request.GET.get("file")) in ("csv", "xlsx"):
        facts = [(_("Theaters"), ", ".join(map(str, selection.theaters)))]
        facts += [(_("From"), str(selection.since)), (_("Until"), str(selection.until))]
        facts += [(_("Movie"), str(form.cleaned_data["movie"] or _("all"))), (_("What"), str(asked.about))]
        name = f"{asked.slug}-{selection.since}-{selection.until}"
        return file_response(table, kind=kind, name=name, title=str(asked.title), facts=facts)
    context |= {"selection": selection, "table": table} | for_a_page(table)
    return render(request, "admin/bookings/reports/report.html", context)


@require_POST
def subscribe_report(request, slug):
    theaters, asked = their_theaters(request), report_or_404(slug)
    form = SubscribeForm(request.POST, theaters=theaters)
    if not form.is_valid():
        raise Http404
    theater, period = form.cleaned_data["theater"], form.cleaned_data["period"]
    subscription, _is_new = ReportSubscription.objects.get_or_create(
        user=request.user, report=asked.slug, theater=theater, period=period
    )
    words = {"report": asked.title, "theater": theater, "email": request.user.email}
    words["when"] = subscription.get_period_display().lower()
    messages.success(request, _("“%(report)s” of %(theater)s goes to %(email)s, %(when)s.") % words)
    return redirect("bookings:report", asked.slug)


@require_POST
def stop_report(request, pk):
    subscription = get_object_or_404(request.user.report_subscriptions, pk=pk)
    subscription.delete()
    messages.success(request, _("It is not sent any more."))
    return redirect("bookings:reports")
