"""axe-core finds nothing on any page, in either theme, on a phone and on a desk; and no page scrolls sideways."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.models import Ticket
from tests.bookings.counter_steps import close_shift, open_shift, sell
from tests.bookings.steps import buy as buy_seats
from tests.bookings.steps import open_session, start
from tests.factories import (
    create_layout,
    create_member,
    create_price_card,
    create_promo_code,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
    seats_of,
)
from theaters.models import Showtime

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser_context_args(
        bypass_csp=True
    ),  # axe writes styles of its own; the pages' are looked at in tests/security
]

AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SCREENS = [("light", 360), ("dark", 390), ("light", 1280)]


@pytest.fixture(params=SCREENS, ids=["phone-light", "phone-dark", "desk-light"])
def look(request, page, shop, client):
    """look(path) opens a page and says what is wrong with it; look(path, user) does so signed in."""
    scheme, width = request.param
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})

    def look(path, user=None):
        if user:
            client.force_login(user)
            prove(client, user)
            page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
        page.goto(shop + path)
        return faults(page)

    return look


def prove(client, user):
    """As if they had just typed their password once more."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    proof = {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    session["account_authentication_methods"] = [proof]
    session.save()


def faults(page):
    violations = AXE.run(page, options=RULES).response["violations"]
    found = [f"{page.url} {one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"]]
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return found + ([f"{page.url} scrolls sideways"] if widths[0] > widths[1] else [])


def test_pages_for_anybody(look, programme):
    theater = programme.theater
    paths = ["/", "/movies/", "/movies/?q=nothing+at+all", "/movies/nachtzug/", "/theaters/"]
    paths += [f"/theaters/{theater.slug}/", f"/theaters/{theater.slug}/?date={programme.business_date}"]
    paths += [f"/showtimes/{programme.pk}/seats/", "/accounts/login/", "/accounts/signup/", "/accounts/login/code/"]
    paths += ["/accounts/password/reset/", "/privacy/", "/nowhere/"]

    assert [fault for path in paths for fault in look(path)] == []


def test_pages_of_buying(look, programme, moviegoer, sandbox, page):
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "B2")])
    found = look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    page.locator("input[data-label='C4']").check(force=True)
    found += faults(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")
    found += faults(page)
    page.get_by_role("button", name="Pay EUR").click()
    page.wait_for_url(f"{sandbox.url}/**")

    assert found + faults(page) == []


def test_promo_code_taken_and_refused(look, page, programme, moviegoer):
    create_promo_code(programme.theater)
    flows.hold_seats(moviegoer, showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "B2")])
    found = look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    page.get_by_role("button", name="Continue").click()
    for code, answer in (("NONSENSE", "We do not know the code"), ("summer10", "SUMMER10 takes EUR 1.15 off.")):
        page.get_by_label("Promo code").fill(code)
        page.get_by_role("button", name="Apply").click()
        page.get_by_text(answer).wait_for()
        found += faults(page)

    assert found == []


def test_which_price_card_applies(look, programme):
    create_price_card(programme.theater, name="Weekend", weekdays=[5], priority=5)
    staff = create_staff(is_superuser=True)
    path = reverse("admin:theaters_pricecard_which")

    found = look(f"{path}?showtime={programme.pk}", staff) + look(path, staff)

    assert found == [], "\n".join(found)


def test_pages_after_buying(look, programme, moviegoer, sandbox):
    confirmed = buy_seats(sandbox, moviegoer, programme, "A1", "A2")
    pending = start(moviegoer, create_showtime(), "A1")
    cancelled = buy_seats(sandbox, moviegoer, create_showtime(), "A1")
    flows.cancel_booking(cancelled, by=moviegoer, in_full=True)
    expired = start(moviegoer, create_showtime(), "A1")
    expired.close("expired")
    paths = [reverse("bookings:booking", args=[b.reference]) for b in (confirmed, pending, cancelled, expired)]
    paths += [reverse("bookings:tickets", args=[confirmed.reference]), "/bookings/", "/accounts/profile/"]
    paths += ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
    paths += ["/accounts/data/", "/accounts/data/erase/", "/accounts/reauthenticate/"]

    assert [fault for path in paths for fault in look(path, moviegoer)] == []


def test_seat_map_before_and_after_the_sale(look, programme):
    Showtime.objects.update(on_sale_from=timezone.now() + timedelta(hours=1))
    found = look(f"/showtimes/{programme.pk}/seats/")
    Showtime.objects.update(sales_close_at=timezone.now())

    assert found + look(f"/showtimes/{programme.pk}/seats/") == []


def test_lost_seat_and_lost_hold(look, page, programme, moviegoer):
    look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    page.locator("input[data-label='C4']").check(force=True)
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "C4")])
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Seat C4 has just been taken").first.wait_for()

    assert faults(page) + look(f"/showtimes/{programme.pk}/checkout/", moviegoer) == []


def test_enough_is_kept_elsewhere_and_a_pause(look, page, programme, moviegoer, settings):
    for other in (create_showtime(), create_showtime()):
        flows.hold_seats(moviegoer, showtime=other, seat_ids=[seat.pk for seat in seats_of(other, "A1", "A2")])
    look(f"/showtimes/{programme.pk}/seats/", moviegoer)
    page.locator("input[data-label='C4']").check(force=True)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("You already keep 4 seats").wait_for()
    found = faults(page)
    settings.RATE_LIMIT_PER_CUSTOMER = 0
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("very many tries").wait_for()

    assert found + faults(page) == []


def test_payment_on_its_way(look, programme, moviegoer, sandbox):
    booking = start(moviegoer, programme, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)

    assert look(reverse("bookings:booking", args=[booking.reference]), moviegoer) == []


def test_schedule_board_and_planning(look, page, programme):
    theater, day = programme.theater, programme.business_date
    later = programme.free_at
    for status in ("draft", "cancelled"):
        create_showtime(layout=programme.layout, starts_at=later, status=status, movie=programme.movie)
    create_layout(theater.screens.create(name="Studio", number=7))
    theater.cleaning_minutes = 45  # the turnaround is too short now
    theater.save()
    query = f"?theater={theater.pk}&date={day}"
    board, publish, plan = (f"/admin/theaters/showtime/{name}/{query}" for name in ("board", "publish", "plan"))
    found = look(board, create_staff(is_superuser=True)) + look(publish)
    page.goto(page.url.replace(publish, plan))
    page.get_by_label("Movie").select_option(str(programme.movie.pk))
    page.get_by_label("Times").fill("14:00 20:30")
    page.get_by_label("Screen 1").check()
    page.get_by_label("Studio").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Not possible:").first.wait_for()

    assert found + faults(page) == []


def test_a_showtime_moves_and_breaks_off(look, page, programme, moviegoer, sandbox, django_user_model):
    boss = django_user_model.objects.create_superuser("boss@example.com", "demo", name="Bo")
    booking = buy_seats(sandbox, moviegoer, programme, "B1", "B2")
    buy_seats(sandbox, boss, programme, "E5")
    create_layout(create_screen(programme.theater), rows="AB", seats=4)
    found = look(f"/admin/bookings/showtimemove/add/?showtime={programme.pk}", boss)
    page.get_by_label("Screen").select_option(index=1)
    page.get_by_label("Reason").fill("The lamp broke.")
    page.get_by_role("button", name="See what it means").click()
    page.get_by_text("What it means").wait_for()
    found += faults(page)
    page.get_by_role("button", name="Move, and tell 2 customers").click()
    page.get_by_text("Customers told: 2.").wait_for()
    found += faults(page)
    Showtime.objects.update(starts_at=timezone.now())
    found += look(f"/admin/bookings/breakdown/add/?showtime={programme.pk}")
    page.get_by_label("Reason").fill("The lamp broke again.")
    page.get_by_role("button", name="Give the money back").click()
    page.get_by_text("The money goes back").wait_for()

    assert found + faults(page) + look(booking.get_absolute_url(), moviegoer) == []


def test_door_and_its_answers(look, page, moviegoer, sandbox):
    buy_seats(sandbox, moviegoer, create_showtime_now(), "A1")
    found = look("/door/", create_staff("bookings.check_in_ticket", name="Anna"))
    serial = Ticket.objects.get().serial
    for code, word in ((serial, "Welcome"), (serial, "Already in"), ("NONSENSE", "Unknown")):
        page.locator("input[name='code']").fill(code)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=word).wait_for()
        found += faults(page)
    page.context.set_offline(True)
    page.locator("input[name='code']").fill(serial)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Cannot say").wait_for()
    page.locator("[data-line=away]").wait_for()
    found += faults(page)

    assert found == []


def test_search_at_the_door_and_who_came_in_twice(look, page, moviegoer, sandbox):
    buy_seats(sandbox, moviegoer, create_showtime_now(), "A1", "A2")
    first, _second = Ticket.objects.order_by("pk")
    sue = create_staff("bookings.check_in_ticket", "bookings.supervise_door", name="Sue")
    flows.admit(first.serial, by=sue)
    scan = {"by": sue, "door": flows.Door(), "scanned_at": timezone.now(), "let_in": True}
    flows.receive_scan(uuid4(), first.serial, **scan)
    found = look("/door/", sue) + look("/door/search/")
    page.locator("input[name='words']").fill("mina")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Let in").wait_for()

    assert found + faults(page) == []


def test_pages_of_the_box_office(look, page, programme):
    manager = create_member(programme.theater, "manager", name="Max")
    at = f"/box-office/at/{programme.theater.slug}"
    found = look(f"{at}/", manager) + look(f"{at}/shift/")
    shift = open_shift(manager, programme)
    flows.move_cash(shift, kind="out", amount=Decimal("5.00"), reason="Flowers", by=manager)
    owed = sell(manager, programme, "B2")
    flows.cancel_booking(owed, by=manager, reason="Projector", in_full=True)
    look(f"/box-office/showtimes/{programme.pk}/")
    page.locator("input[data-label='C4']").check(force=True)
    found += faults(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/sale/?seats=**")
    page.locator("summary").click()
    page.locator("[name='cash_given']").fill("1")
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_role("alert").wait_for()
    found += faults(page) + look(f"/box-office/bookings/{owed.reference}/") + look(f"{at}/find/?q=nothing")
    page.goto(page.url.split("/at/")[0] + f"/shifts/{shift.pk}/cash-up/")
    page.get_by_label("Counted in all").fill("99")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Expected").wait_for()
    found += faults(page)
    close_shift(shift)

    assert found + look(f"/box-office/shifts/{shift.pk}/") == []


def test_numbers_of_the_office(look, page, moviegoer, sandbox):
    """The front page with its charts, a report and a film week, each with its tables open."""
    tonight = create_showtime_now()
    buy_seats(sandbox, moviegoer, tonight, "A1", "A2")
    flows.cancel_booking(buy_seats(sandbox, moviegoer, tonight, "B1"), by=moviegoer, in_full=True)
    boss = create_staff("bookings.view_booking", "bookings.view_trouble", "bookings.view_reports", name="Max")
    found = []
    for path in ("/admin/", "/admin/bookings/reports/", "/admin/bookings/reports/sales/"):
        found += look(path, boss)
        if page.locator("details:not([open])").count():
            for summary in page.locator(".numbers summary").all():
                summary.click()
            found += faults(page)

    assert found + look(f"/admin/bookings/reports/film-weeks/?day={tonight.business_date}", boss) == []
