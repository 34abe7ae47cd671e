"""axe-core finds nothing on the pages of staff either: office, box office and door. See also test_accessibility."""

from decimal import Decimal
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.models import Ticket
from tests.bookings.counter_steps import close_shift, open_shift, sell
from tests.bookings.steps import buy as buy_seats
from tests.factories import (
    create_layout,
    create_member,
    create_price_card,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
)
from tests.journeys.axe import MARKS, faults
from tests.journeys.test_purchase import choose_seats
from theaters.models import Showtime

pytestmark = MARKS


def test_which_price_card_applies(look, programme):
    create_price_card(programme.theater, name="Weekend", weekdays=[5], priority=5)
    staff = create_staff(is_superuser=True)
    path = reverse("admin:theaters_pricecard_which")

    found = look(f"{path}?showtime={programme.pk}", staff) + look(path, staff)

    assert found == [], "\n".join(found)


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
    page.get_by_role("combobox", name="Movie").click()
    page.locator(".select2-search__field").fill(programme.movie.title)
    page.get_by_role("option", name=programme.movie.title).click()
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
    look(f"{at}/shift/")
    key = UUID(page.locator("[name='key']").input_value())
    flows.move_cash(shift, kind="in", amount=Decimal("5.00"), reason="Change", by=manager, key=key)
    page.locator("[name='amount']").fill("7")
    page.locator("[name='reason']").fill("Stamps")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("Written down before").wait_for()
    found += faults(page)
    owed = sell(manager, programme, "B2")
    flows.cancel_booking(owed, by=manager, reason="Projector", in_full=True)
    look(f"/box-office/showtimes/{programme.pk}/")
    choose_seats(page, "C4")
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


def test_waiting_room_at_the_box_office(look, programme):
    found = look(reverse("bookings:counter_queue", args=[programme.pk]), create_member(programme.theater, "manager"))
    Showtime.objects.update(has_waiting_room=True)

    assert found + look(reverse("bookings:counter_queue", args=[programme.pk])) == []
