from decimal import Decimal
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.forms import DecimalField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import calendars, documents, flows, wallets
from bookings.exceptions import BookingError, PaymentRefused, TooManyTries
from bookings.models import Refund, SeatShare, Ticket
from bookings.push import public_key
from bookings.rate_limits import count_try
from bookings.views.checkout import render_problem, to_payment
from bookings.views.seats import whole_numbers, with_status
from bookings.views.ticket_pages import as_ticket
from theaters.money import format_money

SHARES = Prefetch("booked_seat__shares", SeatShare.objects.live(), to_attr="live_shares")


def own_booking(request, reference):
    """Every look at a booking begins at its customer; what is another's is not there."""
    bookings = request.user.bookings.for_listing().select_related("user")
    return get_object_or_404(bookings, reference=reference.upper())


@require_safe
@never_cache
@login_required
def bookings(request):
    mine = request.user.bookings.for_listing()
    past = Paginator(mine.past(), 20).get_page(request.GET.get("page"))
    context = {
        "upcoming": mine.upcoming(),
        "waiting": request.user.waiting_entries.for_listing(),
        "past": past,
        "days": settings.ANONYMISE_AFTER_DAYS,
    }
    return render(request, "bookings/bookings.html", context)


@require_safe
@never_cache
@login_required
def booking(request, reference):
    booking = own_booking(request, reference)
    if request.htmx:
        return still_waits(request, booking)
    back = flows.refundable_now(booking)
    paid = booking.booked_seats.standing().worth()[0]
    context = {
        "booking": booking,
        "showtime": booking.showtime,
        "seats": booking.booked_seats.select_related("seat__category", "ticket_type"),
        "has_given_back": booking.booked_seats.exclude(cancelled_at=None).exists(),
        "refunds": Refund.objects.of(booking).needed(),
        "payable": booking.is_payable,
        "cancellable": flows.is_cancellable(booking),
        "back": back,
        "money_back": format_money(back, booking.currency),
        "paid": format_money(paid, booking.currency) if paid else "",
        "exchangeable": flows.is_exchangeable(booking),
        "by_seat": flows.refunds_by_seat(booking),
    }
    return render(request, "bookings/booking.html", context | what_was(booking))


def still_waits(request, booking):
    """The page asks now and then; with the money come the tickets."""
    if booking.is_pending:
        return HttpResponse(status=204)
    if not booking.is_confirmed:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    tell_ready(request)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("bookings:tickets", args=[booking.reference])})


def what_was(booking) -> dict:
    """What a customer has bought before the theater moved it."""
    moves = list(booking.moved_bookings.select_related("move__old_layout__screen__theater").order_by("pk"))
    if not moves or not (booking.is_confirmed or booking.is_pending):
        return {}
    return {
        "moved": moves[0],
        "was_start": documents.in_words(moves[0].local_old_start),
        "move": moves[-1].move,
        "may_be_refunded": any(moved.may_be_refunded for moved in moves),
    }


def sign_in_first(view):
    """A POST cannot be repeated after signing in, so one comes back to the booking, where its button is."""

    @wraps(view)
    def wrapped(request, reference):
        if request.user.is_authenticated:
            return view(request, reference)
        return redirect_to_login(reverse("bookings:booking", args=[reference]))

    return wrapped


@require_POST
@sign_in_first
def pay(request, reference):
    booking = own_booking(request, reference)
    try:
        count_try(request, "pay")
    except TooManyTries as error:
        return render_problem(request, error, showtime=booking.showtime, booking=booking)
    return to_payment(request, booking)


@require_safe
@never_cache
@login_required
def return_from_payment(request, reference):
    """Back from the payment page, perhaps before the webhook: ask Stripe ourselves, then show what is."""
    booking = own_booking(request, reference)
    for payment in booking.payments.unsettled().exclude(session_id=None):
        try:
            flows.confirm_booking(payment.session_id)
        except (BookingError, PaymentRefused):
            messages.info(request, _("The payment service has not answered yet. This page will know in a moment."))
    booking.refresh_from_db()
    if booking.is_confirmed:
        tell_ready(request)
        return redirect("bookings:tickets", reference=booking.reference)
    return redirect(booking)


def tell_ready(request):
    """Once on the ticket page, which begins there."""
    messages.success(request, _("Your tickets are ready. They are also in your mail."), extra_tags="focus")


@require_POST
@sign_in_first
def cancel(request, reference):
    booking = own_booking(request, reference)
    try:
        flows.cancel_booking(booking, by=request.user, promised=amount_in(request.POST, "back"))
    except BookingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your booking is cancelled. A mail tells you about the refund."))
    return redirect(booking)


def amount_in(form, name) -> Decimal | None:
    """What the page has shown; None where the form says nothing of it."""
    try:
        return DecimalField(required=False, max_digits=12, decimal_places=3).clean(form.get(name))
    except ValidationError:
        return None


def promised_for(form, chosen) -> Decimal | None:
    """For these seats together; `most` is what the whole booking brings."""
    shown = [amount_in(form, f"back_{pk}") for pk in chosen]
    most = amount_in(form, "most")
    return None if most is None or None in shown else min(most, sum(shown))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def cancel_seats(request, reference):
    """GET says what each seat brings, POST gives the chosen ones back."""
    booking, error = own_booking(request, reference), None
    chosen = whole_numbers(request.POST.getlist("seats"))
    if request.method == "POST":
        try:
            flows.cancel_seats(booking, chosen, by=request.user, promised=promised_for(request.POST, chosen))
        except BookingError as refusal:
            error = refusal
        else:
            messages.success(request, _("These seats are cancelled. A mail tells you about the refund."))
            return redirect(booking)
    by_seat = flows.refunds_by_seat(booking)
    if not by_seat and not error:
        return redirect(booking)
    together, most = sum(by_seat.values()), flows.refundable_now(booking)
    context = {
        "booking": booking,
        "showtime": booking.showtime,
        "by_seat": by_seat,
        "chosen": chosen,
        "error": error,
        "promised": min(most, together),
    }
    # Of what an exchange has brought no more comes back than the old tickets would have given.
    if together > most:
        context["most"] = format_money(most, booking.currency)
    return with_status(render(request, "bookings/cancel_seats.html", context), error)


def with_tickets(view):
    """A link in an old mail may lead to what has no tickets (any more): the booking's own page says why."""

    @wraps(view)
    def wrapped(request, reference):
        booking = own_booking(request, reference)
        if not booking.is_confirmed or not booking.seat_labels:
            return redirect(booking)
        return view(request, booking, Ticket.objects.for_printing().filter(booked_seat__booking=booking))

    return wrapped


@require_safe
@never_cache
@login_required
@with_tickets
def tickets(request, booking, tickets):
    showtime = booking.showtime
    context = {
        "booking": booking,
        "showtime": showtime,
        "tickets": tickets.prefetch_related(SHARES),
        **wallets.offered(),
        "push_key": public_key(),
        "is_sharable": showtime.status == "published" and timezone.now() < showtime.ends_at,
    }
    response = render(request, "bookings/tickets.html", context | what_was(booking))
    return as_ticket(response, showtime)


@require_safe
@never_cache
@login_required
@with_tickets
def tickets_pdf(request, booking, tickets):
    headers = {"Content-Disposition": f'inline; filename="tickets-{booking.reference}.pdf"'}
    return HttpResponse(documents.tickets_pdf(booking, tickets), content_type="application/pdf", headers=headers)


@require_safe
@never_cache
@login_required
def calendar(request, reference):
    """Of a cancelled booking, too: the file takes it out of the calendar."""
    booking = own_booking(request, reference)
    if not booking.confirmed_at or (booking.is_confirmed and not booking.seat_labels):
        return redirect(booking)
    headers = {"Content-Disposition": f'attachment; filename="{booking.reference}.ics"'}
    return HttpResponse(calendars.calendar(booking), content_type="text/calendar; charset=utf-8", headers=headers)
