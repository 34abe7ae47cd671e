"""What a customer takes along: the tickets as a PDF for the printer. See also calendars.py."""

from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from fpdf import FPDF

from bookings.codes import qr_png, ticket_code
from theaters.money import format_money

FONTS = Path(__file__).parent / "fonts"


def tickets_pdf(booking, tickets) -> bytes:
    """One A6 page a ticket, so that each person can carry their own."""
    pdf = FPDF(format=(105, 148))
    pdf.add_font("DejaVu", fname=FONTS / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_title(f"{booking.showtime.movie} {booking.reference}")
    pdf.set_lang(get_language())
    # Arabic letters join and run from right to left, also in a movie's title on a page in another language.
    pdf.set_text_shaping(features={"liga": False})
    pdf.set_margin(9)
    pdf.set_auto_page_break(False)
    for ticket in tickets:
        pdf.add_page()
        draw_ticket(pdf, booking, ticket)
    return bytes(pdf.output())


def draw_ticket(pdf: FPDF, booking, ticket) -> None:
    """What is looked for in the dark is large: the code, the screen, the row and the seat beside it."""
    showtime, booked = booking.showtime, ticket.booked_seat
    draw_marquee(pdf)
    title = showtime.movie.title
    write(pdf, title, 16 if len(title) < 45 else 12 if len(title) < 90 else 9, bold=True)
    write(pdf, start_in_words(showtime), 10, bold=True)
    write(pdf, ", ".join(filter(None, [showtime.theater.name, showtime.theater.address])), 8)
    certificate = str(showtime.certificate)
    write(
        pdf, ", ".join(filter(None, [showtime.get_format_display(), certificate])), 8 if len(certificate) < 100 else 7
    )
    top = max(pdf.get_y() + 3, 66)
    alt = _("QR code of ticket %s") % ticket.serial
    pdf.image(BytesIO(qr_png(ticket_code(ticket.serial, showtime.pk))), x=6, y=top, w=58, alt_text=alt)
    facts = [(_("Screen"), showtime.screen.name), (_("Row"), booked.seat.row), (_("Seat"), booked.seat.number)]
    if not booked.seat.row:
        facts = [facts[0], (_("Place"), booked.seat.number), (_("Seats"), _("Free seating"))]
    for place, (name, value) in enumerate(facts):
        draw_fact(pdf, name, value, y=top + 3 + 18 * place)
    pdf.set_y(top + 59)
    copy = _("COPY %d") % ticket.copy if ticket.copy > 1 else ""
    write(pdf, f"{ticket.serial}  {copy}".strip(), 12, bold=True)
    price = format_money(booked.total, booking.currency)
    write(pdf, f"{booked.ticket_type}, {booked.seat.category}, {price}", 8)
    write(pdf, booking.reference, 7)


def draw_marquee(pdf: FPDF) -> None:
    """The name of the shop over its row of bulbs."""
    write(pdf, settings.SITE_NAME, 9, bold=True)
    for x in range(9, 97, 3):
        pdf.ellipse(x, pdf.get_y() + 1, 0.7, 0.7, style="F")
    pdf.ln(4)


def draw_fact(pdf: FPDF, name: str, value: str, *, y: float) -> None:
    """A word and under it its value, as large as the room beside the code allows."""
    x, room = 67, 32
    size = next((size for size in (26, 20, 16, 12, 9) if width_of(pdf, value, size) <= room), 7)
    pdf.set_xy(x, y)
    pdf.set_font("DejaVu", "", 8)
    pdf.cell(room, 4, name, new_x="LEFT", new_y="NEXT")
    pdf.set_font("DejaVu", "B", size)
    pdf.multi_cell(room, max(size * 0.42, 3), value, align="L", new_x="LEFT", new_y="NEXT")


def width_of(pdf: FPDF, text: str, size: int) -> float:
    pdf.set_font("DejaVu", "B", size)
    return pdf.get_string_width(text) + 2


def write(pdf: FPDF, text: str, size: int, *, bold: bool = False) -> None:
    if text:
        pdf.set_font("DejaVu", "B" if bold else "", size)
        align = "R" if get_language_bidi() else "L"
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
