"""What leaves the shop: mails in two parts that say the same, and the ticket on paper."""

import io
import re

import pytest
from django.utils import translation
from pypdf import PdfReader

from bookings.documents import tickets_pdf
from bookings.models import Ticket
from tests.bookings.steps import buy
from tests.bookings.test_pages import sent
from tests.factories import create_layout, create_movie, create_screen, create_showtime

KINDS = ["tickets", "reminder", "cancelled", "showtime_cancelled", "refunded", "payment_failed"]


@pytest.fixture
def booking(ann, sandbox):
    showtime = create_showtime()
    showtime.theater.address = "Lindenufer 12, Berlin"
    showtime.theater.save()
    return buy(sandbox, ann, showtime, "A1", "B2")


def test_every_mail_says_all_in_text_that_it_says_in_html(booking):
    showtime = booking.showtime
    missing = []
    facts = [showtime.movie.title, showtime.theater.name, showtime.screen.name, "Lindenufer 12, Berlin"]
    facts += [f"{showtime.local_start:%H:%M %Z}", booking.reference]
    for kind in KINDS:
        _subject, text, html = sent(booking, kind)
        seats = ["Row A, seat 1", "Row B, seat 2"] if kind in ("tickets", "reminder") else ["Seats A1, B2"]
        missing += [(kind, fact) for fact in [*facts, *seats] if fact not in text or fact not in html]

    assert missing == []


def test_every_mail_loads_nothing_and_can_be_read_by_night_and_without_pictures(booking):
    for kind in KINDS:
        _subject, _text, html = sent(booking, kind)

        pictures = re.findall(r"<img[^>]*>", html)
        assert [picture for picture in pictures if 'src="cid:' not in picture or 'alt="QR code of' not in picture] == []
        assert re.findall(r"<link|<script|url\(|@import|@font-face", html) == []
        assert "@media (prefers-color-scheme: dark)" in html


def pages_of(booking):
    """For each page what is written, and [(words, size in points, height above the paper's edge)]."""
    tickets = list(Ticket.objects.for_printing().filter(booked_seat__booking=booking))
    for page in PdfReader(io.BytesIO(tickets_pdf(booking, tickets))).pages:
        pieces = []

        def note(text, _cm, matrix, _font, size, pieces=pieces):
            if text.strip():
                pieces.append((text.strip(), round(size), matrix[5]))

        yield " ".join(page.extract_text(visitor_text=note).split()), pieces


def test_printed_ticket_has_every_fact_and_the_seat_is_largest(booking):
    showtime = booking.showtime

    (first, pieces), (second, _pieces) = pages_of(booking)

    facts = [showtime.movie.title, f"{showtime.local_start:%H:%M %Z}", showtime.screen.name, "Lindenufer 12, Berlin"]
    facts += ["FSK 12 From 12.", "Row A", "Seat 1", "Adult", "EUR 12.50", booking.reference]
    assert [fact for fact in facts if fact not in first] == []
    assert "Row B Seat 2" in second
    largest = max(size for _words, size, _height in pieces)
    assert [words for words, size, _height in pieces if size == largest] == ["A", "1"]


def test_long_names_stay_on_the_paper(ann, sandbox):
    layout = create_layout(create_screen(name="The very large and rather famous upper auditorium"))
    movie = create_movie("A Most Incredible and True Story " * 6, certificate_rule="Only with a parent. " * 15)
    showtime = create_showtime(layout=layout, movie=movie)
    booking = buy(sandbox, ann, showtime, "A1")

    ((words, pieces),) = pages_of(booking)

    assert booking.reference in words
    assert min(height for _words, _size, height in pieces) > 8


def test_printed_ticket_in_arabic_then_its_words_are_arabic_letters_that_the_font_has(booking):
    with translation.override("ar"):
        (first, _pieces), _second = pages_of(booking)

    assert booking.reference in first
    assert re.search("[\u0600-\u06ff\ufe70-\ufeff]{3}", first)
    assert "\ufffd" not in first
