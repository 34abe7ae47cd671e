"""The till: open a shift, move cash, count it, close it; and what was closed."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import flows
from bookings.counter_forms import CashUpForm, FloatForm, MovementForm
from bookings.exceptions import BadChoice, BookingError
from bookings.models import Payment, Shift
from bookings.views.box_office import (
    CLOSE,
    SEE_SHIFTS,
    SELL,
    for_cashiers,
    for_staff,
    office_page,
    open_shift_of,
    own_theater,
)
from theaters.roles import theaters_with

LATEST = 60


def own_shift(request, pk, *permissions):
    """One's own, or one of a theater in which these rights let one see those of others."""
    mine = Q(opened_by=request.user, theater__in=theaters_with(request.user, SELL))
    for permission in permissions:
        mine |= Q(theater__in=theaters_with(request.user, permission))
    return get_object_or_404(Shift.objects.select_related("theater", "opened_by", "closed_by").filter(mine), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_cashiers
def shift(request, theater):
    """The open shift, or the form that opens one."""
    theater = own_theater(request, theater)
    running = open_shift_of(request, theater)
    back = request.POST.get("next") or request.GET.get("next", "")
    form = FloatForm(request.POST or None, currency=theater.currency)
    if running is None and form.is_valid():
        flows.open_shift(request.user, theater=theater, amount=form.cleaned_data["amount"])
        messages.success(request, _("Your shift is open. Cash sales go into it from now on."))
        is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return redirect(back) if is_ours else redirect("bookings:counter", theater.slug)
    if running is None:
        status = 400 if form.is_bound else 200
        return office_page(request, "open_shift", theater, title=_("Open a shift"), form=form, next=back, status=status)
    return render_shift(request, running, MovementForm(currency=running.currency))


def render_shift(request, running, form, *, status=200):
    context = {"shift": running, "form": form, "movements": running.movements.select_related("by"), "status": status}
    return office_page(request, "shift", running.theater, title=_("Your shift"), **context)


@require_POST
@for_cashiers
def shift_movement(request, theater):
    running = open_shift_of(request, own_theater(request, theater))
    if running is None:
        return redirect("bookings:shift", theater)
    form = MovementForm(request.POST, currency=running.currency)
    if not form.is_valid():
        return render_shift(request, running, form, status=400)
    try:
        flows.move_cash(running, by=request.user, **form.cleaned_data)
    except BadChoice as error:
        form.add_error(None, str(error))
        form.renew()
        return render_shift(request, running, form, status=error.status)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Written down."))
    return redirect("bookings:shift", theater)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(SELL, CLOSE)
def cash_up(request, pk):
    """Count first; what was expected is said after that, and closing takes a second click."""
    running = own_shift(request, pk, CLOSE)
    if not running.is_open:
        return redirect("bookings:shift_report", running.pk)
    form = CashUpForm(request.POST or None, currency=running.currency)
    counted = form.cleaned_data["counted"] if form.is_valid() else None
    expected = running.cash_in_drawer()
    if counted is not None and "close" in request.POST:
        if counted == expected or form.cleaned_data["note"]:
            return close(request, running, form)
        form.add_error("note", _("Please say why the drawer is not as expected."))
    status = 400 if form.is_bound and form.errors else 200
    context = {"shift": running, "form": form, "counted": counted, "expected": expected, "status": status}
    if counted is not None:
        context["variance"] = counted - expected
    return office_page(request, "cash_up", running.theater, title=_("Cash up"), **context)


def close(request, running, form):
    closed = flows.close_shift(
        running,
        counted=form.cleaned_data["counted"],
        coins=form.pieces,
        note=form.cleaned_data["note"],
        by=request.user,
    )
    messages.success(request, _("The shift is closed as Z%d. It cannot be changed any more.") % closed.number)
    return redirect("bookings:shift_report", closed.pk)


@require_safe
@for_staff(SELL, SEE_SHIFTS, CLOSE)
def shift_report(request, pk):
    """The Z: what a closed shift took and gave back, by tender."""
    closed = own_shift(request, pk, SEE_SHIFTS, CLOSE)
    if closed.is_open:
        raise Http404
    context = {"shift": closed, "tenders": list(by_tender(closed)), "movements": closed.movements.select_related("by")}
    return office_page(request, "report", closed.theater, title=_("Z report %d") % closed.number, **context)


def by_tender(shift):
    for tender in (Payment.Tender.CASH, Payment.Tender.CARD_TERMINAL):
        taken, back = shift.taken(tender), shift.given_back(tender)
        yield {
            "name": tender.label,
            "sales": shift.payments.filter(tender=tender).count(),
            "taken": taken,
            "refunds": shift.refunds.filter(payment__tender=tender).count(),
            "back": back,
            "net": taken - back,
        }


@require_safe
@for_staff(SELL, SEE_SHIFTS, CLOSE)
def shifts(request, theater):
    """One's own; whoever may see those of others, all."""
    theater = own_theater(request, theater, SELL, SEE_SHIFTS, CLOSE)
    found = theater.shifts.select_related("opened_by", "closed_by")
    sees_all = [theaters_with(request.user, right).filter(pk=theater.pk).exists() for right in (SEE_SHIFTS, CLOSE)]
    if not any(sees_all):
        found = found.filter(opened_by=request.user)
    return office_page(request, "shifts", theater, title=_("Shifts"), shifts=found[:LATEST], may_close=sees_all[1])
