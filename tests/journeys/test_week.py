"""A manager's week in a real browser, from an empty house to the distributor's return; then the books are clean."""

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from PIL import Image

from bookings import tasks
from bookings.codes import ticket_code
from bookings.models import Refund, Ticket
from tests.bookings.steps import buy
from tests.factories import create_member, create_screen, create_theater, create_user, zone_where_it_is
from tests.journeys.passing_time import let_pass
from theaters.models import Showtime

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STUDIO = """Shape: straight
S = Standard
P = Premium
W = Standard, wheelchair
c = Standard, companion

A: S S S S _ S S S S
B: S S S S _ S S S S
C: P P P P _ P P W c
"""

PRICES = {
    ("Standard", "Adult"): "11.50",
    ("Standard", "Child"): "7.50",
    ("Premium", "Adult"): "13.50",
    ("Premium", "Child"): "9.50",
}


@pytest.fixture
def theater(transactional_db):
    """What its owner has opened: two screens without a seat, no price, no movie."""
    theater = create_theater("Rialto", slug="rialto", time_zone=zone_where_it_is(19))
    theater.film_week_starts = (theater.today + timedelta(days=3)).weekday()
    theater.save()
    create_screen(theater, name="Screen 1")
    create_screen(theater, name="Studio")
    return theater


@pytest.fixture
def max_(theater):
    manager = create_member(theater, "manager", name="Max", email="max@rialto.example")
    EmailAddress.objects.create(user=manager, email=manager.email, verified=True, primary=True)
    return manager


class Desk:
    """Where Max works: whatever he does, he does on pages, and reads what they answer."""

    def __init__(self, page, shop):
        self.page, self.shop = page, shop

    def open(self, path):
        self.page.goto(self.shop + path)

    def follow(self, *names):
        """From the office's front page, link by link."""
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.open("/admin/")
        for name in names:
            self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def choose(self, field, label):
        """In a list, or in one that is searched by typing."""
        box = self.page.locator(f"[name={field}]")
        if "admin-autocomplete" in (box.get_attribute("class") or ""):
            self.page.locator(f"[name={field}] + .select2-container .select2-selection").click()
            self.page.locator(".select2-search__field").fill(label)
            self.page.locator(".select2-results__option", has_text=label).first.click()
        else:
            box.select_option(label=label)

    def seat(self, label):
        return self.page.locator(f"input[data-label='{label}']")

    def picture(self, name):
        """For docs/staff.md, when `make pictures` asks for them."""
        if folder := os.environ.get("PICTURES"):
            self.page.evaluate("document.activeElement.blur(); document.querySelector('.messagelist')?.remove()")
            picture = Image.open(BytesIO(self.page.screenshot()))
            picture.save(Path(folder) / f"office-{name}.webp", quality=80)

    def press(self, name, said=""):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        if said:
            self.page.get_by_text(said).first.wait_for()


def sign_in(desk):
    desk.open("/admin/")
    desk.fill(login="max@rialto.example", password="demo")
    desk.press("Sign in", "Today at the office")


def furnish(desk):
    """Two categories; a room that is generated and painted, one that comes as text."""
    for name in ("Standard", "Premium"):
        desk.follow("Seat categories", "Add seat category")
        desk.choose("theater", "Rialto")
        desk.choose("look", name)
        desk.fill(name=name)
        desk.press("Save", "was added successfully")
    desk.follow("Seat layouts", "Add seat layout")
    desk.choose("screen", "Screen 1")
    desk.fill(rows="A-H", seats_per_row="12", aisles_after="6", categories="*: Standard\nG-H: Premium")
    desk.press("Save and continue editing", "96 seats")
    for label, feature in (("A1", "Wheelchair space"), ("A2", "Companion seat")):
        desk.seat(label).click()
        desk.choose("feature", feature)
        desk.press("Change these seats", "The room is changed.")
    desk.picture("room")
    desk.press("Save and publish", "is published with 96 seats")
    desk.follow("Seat layouts", "Add seat layout")
    desk.choose("screen", "Studio")
    desk.page.locator("summary", has_text="As text").click()
    desk.fill(text=STUDIO)
    desk.press("Save and continue editing", "24 seats")
    desk.press("Save and publish", "is published with 24 seats")


def set_prices(desk):
    for name in ("Adult", "Child"):
        desk.follow("Ticket types", "Add ticket type")
        desk.choose("theater", "Rialto")
        desk.fill(name=name)
        desk.page.locator("[name=is_default]").set_checked(name == "Adult")
        desk.press("Save", "was added successfully")
    desk.follow("Price cards", "Add price card")
    desk.choose("theater", "Rialto")
    desk.fill(name="Every day")
    desk.press("Save", "Now enter its prices")
    for (category, ticket_type), amount in PRICES.items():
        desk.page.get_by_label(f"{category}, {ticket_type}").fill(amount)
    desk.picture("prices")
    desk.press("Save", "was changed successfully")


def fill_the_week(desk, first_day):
    """A movie, three evenings on Screen 1 and the last one in the Studio, too: planned, checked, published."""
    desk.follow("Movies", "Add movie")
    desk.fill(title="Nachtzug nach Triest", runtime_minutes="110", distributor="Adria Film")
    desk.fill(certificate="FSK 12", certificate_rule="From 12.")
    desk.press("Save", "was added successfully")
    for screen, first, last, said in (("Screen 1", 0, 2, "3 showtimes are"), ("Studio", 2, 2, "1 showtime is")):
        desk.follow("Schedule board", "Plan showtimes")
        desk.choose("movie", "Nachtzug nach Triest")
        desk.fill(times="20:00", first_day=str(first_day + timedelta(first)), last_day=str(first_day + timedelta(last)))
        desk.page.get_by_label(screen).check()
        desk.press("Preview", f"{said[0]} of them possible")
        desk.press("Save what is ticked", said)
    desk.open(f"/admin/theaters/showtime/board/?date={first_day}&view=week")
    desk.page.get_by_role("link", name="Check and publish 4 drafts").click()
    desk.press("Publish what is ticked", "4 showtimes are")
    desk.picture("board")


def mend_a_seat(desk, booking):
    """A seat that is sold breaks: the page says who has it, and where they could sit instead."""
    desk.follow("Seats out of order", "Add seat out of order")
    desk.choose("seat", booking.seat_labels[0])
    desk.fill(reason="The spring is through")
    desk.press("Save and continue editing", booking.reference)
    desk.page.get_by_text("D4, D3, D2").first.wait_for()
    desk.picture("broken-seat")


def move(desk, showtime):
    """The projector of Screen 1 is broken: over to the Studio."""
    desk.open(f"/admin/theaters/showtime/{showtime.pk}/change/")
    desk.page.get_by_role("link", name="Move", exact=True).click()
    desk.page.get_by_label("Screen").select_option(index=1)
    desk.fill(reason="The projector broke.")
    desk.press("See what it means", "What it means")
    desk.picture("move")
    desk.press("Move, and tell 1 customer", "Customers told: 1.")


def call_off(desk, showtime):
    desk.open(f"/admin/theaters/showtime/{showtime.pk}/change/")
    desk.page.get_by_role("link", name="Call off", exact=True).click()
    desk.fill(reason="The print did not come.")
    desk.press("Call off and refund everybody", "called off")


def sell_at_the_counter(desk, showtime):
    """Two adults, cash; and the drawer is counted in the end."""
    desk.follow("Box office", "Open a shift")
    desk.fill(amount="100")
    desk.press("Open the shift")
    desk.page.get_by_role("link", name=showtime.movie.title).first.click()
    desk.page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    desk.seat("B3").click()
    desk.seat("B4").click()
    desk.press("Continue")
    desk.page.wait_for_url("**/sale/?seats=**")
    desk.fill(cash_given="30")
    desk.picture("sale")
    desk.press("Cash", "Change: EUR 7.00")


def cash_up(desk):
    desk.follow("Box office", "My shift", "Cash up")
    desk.page.get_by_label("Counted in all").fill("123")
    desk.press("Compare", "Expected")
    desk.press("Close the shift for good", "Z1")


def let_in(desk, ticket, word):
    """Max has no usher tonight, but a phone."""
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.open("/door/")
    desk.fill(code=ticket_code(ticket.serial, ticket.booked_seat.showtime_id))
    desk.press("Check")
    desk.page.get_by_role("heading", name=word, exact=True).wait_for()


def close_the_film_week(desk, day):
    desk.follow("Box-office return")
    desk.page.get_by_label("A day of the week").fill(str(day))
    desk.press("Show", "This week is over and open")
    desk.press("Close the week", "It never changes")
    desk.picture("film-week")
    return desk.page.get_by_role("region", name="By movie and ticket type").inner_text()


def test_a_managers_week(page, shop, theater, max_, sandbox):
    desk = Desk(page, shop)
    sign_in(desk)
    furnish(desk)
    set_prices(desk)
    fill_the_week(desk, theater.today + timedelta(days=3))  # as the film week begins
    first, second, third, studio = Showtime.objects.order_by("starts_at", "screen__number")

    ann, ben = create_user("ann@example.com", name="Ann"), create_user("ben@example.com", name="Ben")
    tonight = buy(sandbox, ann, first, "A3", "A4")
    on_a_broken_seat = buy(sandbox, ann, second, "D5", "D6")
    moved = buy(sandbox, ben, third, "C3", "C4")
    called_off = buy(sandbox, ben, studio, "A5", "A6")
    mend_a_seat(desk, on_a_broken_seat)
    call_off(desk, studio)
    tasks.finish_cancellations()
    move(desk, third)
    tasks.send_mails()

    let_pass(timedelta(days=3))
    sell_at_the_counter(desk, first)
    tickets = Ticket.objects.filter(booked_seat__booking=tonight)
    for ticket in tickets:
        let_in(desk, ticket, "Welcome")
    desk.picture("door")
    let_in(desk, tickets[0], "Already in")
    desk.follow()
    desk.picture("today")
    cash_up(desk)

    let_pass(timedelta(days=11))  # with the three before, weekdays are what they were
    first.refresh_from_db()
    film_week = close_the_film_week(desk, first.business_date)

    assert "Adult\tEUR\t8\t0\t92.00" in film_week
    assert Refund.objects.get(payment__booking=called_off, status="succeeded").amount == called_off.total
    assert Ticket.objects.live().filter(booked_seat__booking=moved).count() == 2
    told = ben.bookings.filter(mails__status="sent").values_list("mails__kind", flat=True)
    assert sorted(told) == ["moved", "showtime_cancelled", "tickets"]
    call_command("reconcile")  # neither comes back with something broken
    call_command("audit")
