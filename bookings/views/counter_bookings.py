"""A booking at the box office: found, printed, printed again, refunded."""

from decimal import Decimal

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from bookings import documents, flows
from bookings.codes import ForgedCode, read_code
from bookings.counter_forms import ReasonForm
from bookings.exceptions import BookingError
from bookings.flows.locking import database_now
from bookings.models import Booking, Payment, Refund, Ticket
from bookings.views.box_office import for_cashiers, office_page, open_shift_of, own_booking, own_theater
from theaters.money import format_money
from theaters.roles import may

MOST_FOUND, LATEST = 20, 10
REFUND = "bookings.refund_booking"


@require_safe
@for_cashiers
def counter_find(request, theater):
    theater = own_theater(request, theater)
    words = request.GET.get("q", "").strip()[:300]
    here = Booking.objects.for_listing().select_related("user", "sold_by").filter(showtime__screen__theater=theater)
    found = list(here.matching(serial_in(words))[:MOST_FOUND]) if words else []
    if len(found) == 1:
        return redirect("bookings:counter_booking", found[0].reference)
    owed = Refund.objects.at_counter().select_related("payment__booking__showtime__movie")
    return office_page(
        request,
        "find",
        theater,
        title=_("Find a booking"),
        words=words,
        found=found,
        latest=here.filter(channel=Booking.Channel.COUNTER, sold_by=request.user)[:LATEST],
        owed=owed.filter(payment__booking__showtime__screen__theater=theater),
    )


def serial_in(words):
    """A scanner types the whole code of a ticket; its serial is in it."""
    try:
        return read_code("".join(words.split()).upper())[1]
    except ForgedCode:
        return words


@require_safe
@for_cashiers
def counter_booking(request, reference):
    return render_booking(request, own_booking(request, reference))


def render_booking(request, booking, *, reprint=None, refund=None, status=200):
    theater, payment = booking.showtime.theater, booking.paid_with
    shift, owed = open_shift_of(request, theater), Refund.objects.at_counter().filter(payment__booking=booking)
    is_in = Ticket.objects.admitted().filter(booked_seat__booking=booking)
    return office_page(
        request,
        "booking",
        theater,
        title=_("Booking %s") % booking.reference,
        status=status,
        booking=booking,
        showtime=booking.showtime,
        payment=payment,
        needs_shift=payment and payment.tender == Payment.Tender.CASH and not shift,
        tickets=Ticket.objects.for_printing().filter(booked_seat__booking=booking),
        admitted=is_in.aggregate(seats=Count("booked_seat", distinct=True))["seats"],
        refunds=Refund.objects.of(booking).needed().select_related("payment", "by"),
        owed=owed,
        # What has gone back already does not go back once more.
        to_give_back=min(flows.worth(booking), flows.left_of(booking)) + owed.total(),
        may_refund=may_refund(request.user, booking),
        may_reprint=booking.is_confirmed and database_now() < booking.showtime.ends_at,
        reprint=reprint or ReasonForm(prefix="reprint"),
        refund=refund or ReasonForm(prefix="refund"),
        just_sold="sold" in request.GET,
    )


def may_refund(user, booking) -> bool:
    """A cashier what the box office has sold, while nobody has come in with it; the rest is for a manager."""
    if not booking.is_confirmed:
        return False
    if may(user, REFUND, booking.showtime.theater):
        return True
    used = Ticket.objects.admitted().filter(booked_seat__booking=booking)
    return booking.is_counter_sale and database_now() < booking.showtime.ends_at and not used.exists()


@require_safe
@for_cashiers
def counter_tickets(request, reference):
    booking = own_booking(request, reference)
    if not booking.is_confirmed:
        return redirect("bookings:counter_booking", booking.reference)
    tickets = Ticket.objects.for_printing().filter(booked_seat__booking=booking)
    headers = {"Content-Disposition": f'inline; filename="tickets-{booking.reference}.pdf"'}
    return HttpResponse(documents.tickets_pdf(booking, tickets), content_type="application/pdf", headers=headers)


@require_POST
@for_cashiers
def counter_reprint(request, reference):
    booking = own_booking(request, reference)
    form = ReasonForm(request.POST, prefix="reprint")
    if not form.is_valid():
        return render_booking(request, booking, reprint=form, status=400)
    try:
        new = flows.reissue_tickets(booking, by=request.user, reason=form.cleaned_data["reason"])
    except BookingError as error:
        messages.error(request, str(error))
    else:
        words = ngettext(
            "%d new ticket is ready to print; the old one is void.",
            "%d new tickets are ready to print; the old ones are void.",
            len(new),
        )
        messages.success(request, words % len(new))
    return redirect("bookings:counter_booking", booking.reference)


@require_POST
@for_cashiers
def counter_refund(request, reference):
    """Cancel, and give the money back as it came."""
    booking = own_booking(request, reference)
    form = ReasonForm(request.POST, prefix="refund")
    if not booking.is_confirmed:
        messages.info(request, _("Nothing was changed: this booking does not stand any more."))
    elif not may_refund(request.user, booking):
        messages.error(request, _("Only a manager can refund this booking."))
    elif not form.is_valid():
        return render_booking(request, booking, refund=form, status=400)
    else:
        refund(request, booking, form.cleaned_data["reason"])
    return redirect("bookings:counter_booking", booking.reference)


def refund(request, booking, reason):
    try:
        even_if_used = may(request.user, REFUND, booking.showtime.theater)
        flows.refund_at_counter(booking, by=request.user, reason=reason, even_if_used=even_if_used)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Booking %s is cancelled and refunded as it was paid.") % booking.reference)


@require_POST
@for_cashiers
def counter_pay_out(request, reference):
    """What is owed is handed out; tickets that are good stay good."""
    booking = own_booking(request, reference)
    try:
        paid = flows.pay_out_at_counter(booking, by=request.user)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        amount = format_money(sum((refund.amount for refund in paid), Decimal(0)), booking.currency)
        done = _("%s is written down as paid out.") % amount
        messages.success(request, done if paid else _("There is nothing left to pay out: it is done already."))
    return redirect("bookings:counter_booking", booking.reference)
