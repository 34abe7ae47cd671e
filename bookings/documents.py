"""What a customer takes along: the tickets as a PDF for the printer, the date for the calendar."""

from datetime import UTC
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf import FPDF
from icalendar import Calendar, Event

from bookings.codes import qr_png, ticket_code
from theaters.money import format_money

FONTS = Path(__file__).parent / "fonts"


def tickets_pdf(booking, tickets) -> bytes:
    """One A6 page a ticket, so that each person can carry their own."""
    pdf = FPDF(format=(105, 148))
    pdf.add_font("DejaVu", fname=FONTS / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_title(f"{booking.showtime.movie} {booking.reference}")
    pdf.set_lang("en")
    pdf.set_margin(9)
    pdf.set_auto_page_break(False)
    for ticket in tickets:
        pdf.add_page()
        draw_ticket(pdf, booking, ticket)
    return bytes(pdf.output())


def draw_ticket(pdf: FPDF, booking, ticket) -> None:
    showtime, booked = booking.showtime, ticket.booked_seat
    write(pdf, settings.SITE_NAME, 8)
    write(pdf, showtime.movie.title, 15, bold=True)
    write(pdf, ", ".join(filter(None, [showtime.get_format_display(), showtime.movie.certificate])), 9)
    pdf.ln(2)
    write(pdf, start_in_words(showtime), 11, bold=True)
    write(pdf, f"{showtime.theater.name}, {showtime.screen.name}", 10)
    write(pdf, showtime.theater.address, 8)
    pdf.ln(2)
    write(pdf, _("Row %(row)s  Seat %(seat)s") % {"row": booked.seat.row, "seat": booked.seat.number}, 16, bold=True)
    price = format_money(booked.total, booking.currency)
    write(pdf, f"{booked.seat.category}, {booked.ticket_type}, {price}", 9)
    alt = _("QR code of ticket %s") % ticket.serial
    pdf.image(BytesIO(qr_png(ticket_code(ticket.serial, showtime.pk))), x=27, y=78, w=51, alt_text=alt)
    pdf.set_y(130)
    copy = _("COPY %d") % ticket.copy if ticket.copy > 1 else ""
    write(pdf, f"{ticket.serial}  {copy}".strip(), 11, bold=True, align="C")
    write(pdf, booking.reference, 7, align="C")


def write(pdf: FPDF, text: str, size: int, *, bold: bool = False, align: str = "L") -> None:
    if text:
        pdf.set_font("DejaVu", "B" if bold else "", size)
        pdf.multi_cell(0, size * 0.45, text, align=align, new_x="LMARGIN", new_y="NEXT")


def in_words(start) -> str:
    """Saturday, 21 November 2026, 20:15 CET"""
    return f"{date_format(start, 'l, j F Y, H:i')} {start:%Z}"


def start_in_words(showtime) -> str:
    """After midnight also whose night it is."""
    words = in_words(showtime.local_start)
    if showtime.is_late_night:
        words += " " + _("(%(weekday)s night)") % {"weekday": date_format(showtime.business_date, "l")}
    return words


def calendar(booking) -> bytes:
    """The showtime as an iCalendar file; the UID stays the same if it is fetched again after a change.

    Of a booking that is over it takes the event out of the calendar again.
    """
    is_over = booking.cancelled_at is not None
    showtime = booking.showtime
    moves = [moved.move.created_at for moved in booking.moved_bookings.select_related("move")]
    event = Event()
    event.add("uid", f"{booking.reference}@{settings.SITE_URL.split('//')[1]}")
    # Each move is a new edition of the same event, which calendars take in place of the last one.
    event.add("sequence", len(moves) + is_over)
    event.add("status", "CANCELLED" if is_over else "CONFIRMED")
    event.add("dtstamp", max([booking.confirmed_at, *moves, *filter(None, [booking.cancelled_at])]).astimezone(UTC))
    event.add("dtstart", showtime.starts_at.astimezone(UTC))
    event.add("dtend", showtime.ends_at.astimezone(UTC))
    event.add("summary", showtime.movie.title)
    event.add("location", f"{showtime.theater.name}, {showtime.screen.name}, {showtime.theater.address}")
    event.add("description", f"{', '.join(booking.seat_labels)}\n{booking.site_url}")
    event.add("url", booking.site_url)
    calendar = Calendar()
    calendar.add("prodid", "-//moviebooking//tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_over else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
