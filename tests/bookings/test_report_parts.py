"""Reports say what a sale consisted of: surcharge, discount, fees, the tax of each rate, and how it was paid."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bookings import flows
from bookings.audit import audit
from bookings.reports import REPORTS, Selection
from tests.bookings.counter_steps import open_shift, sell
from tests.bookings.steps import buy
from tests.factories import create_member, create_promo_code, create_showtime, create_ticket_types
from theaters.models import Surcharge, TaxRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime():
    """A 3D house with two rates of tax: up to 10.00 and over it; the fee of 1.00 has the flat rate of 7 percent."""
    showtime = create_showtime(format="3d")
    theater = showtime.theater
    Surcharge.objects.create(theater=theater, format="3d", name="3D glasses", amount=Decimal("2.00"))
    TaxRule.objects.create(theater=theater, name="GST", rate=Decimal(5), price_up_to=Decimal("10.00"))
    TaxRule.objects.create(theater=theater, name="GST", rate=Decimal(18), price_over=Decimal("10.00"))
    return showtime


def lines(slug, showtime):
    theater = showtime.theater
    return REPORTS[slug].table(Selection((theater,), theater.today - timedelta(days=1), theater.today)).rows


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


def taxes(showtime):
    return {(row["what"], row["tax_rate"]): (row["gross"], row["tax"]) for row in lines("tax", showtime)}


def test_two_rates_then_each_has_its_own_line_and_together_they_are_the_sale(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    paid = dict(zip("name rate tax".split(), zip(*booking.tax_lines, strict=True), strict=True))

    found = taxes(showtime)

    assert booking.tax_included
    assert found == {
        ("Sold", Decimal(rate)): (gross, tax)
        for rate, gross, tax in zip(paid["rate"], [booking.price_total, booking.fee_total], paid["tax"], strict=True)
    }
    assert sum(tax for _gross, tax in found.values()) == booking.tax_total


def test_refund_of_two_rates_then_nothing_of_the_sale_is_left(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    flows.cancel_booking(booking, by=ann, in_full=True)

    found = taxes(showtime)

    assert {what for what, _rate in found} == {"Sold", "Refunded"}
    assert sum(gross for gross, _tax in found.values()) == 0
    assert sum(tax for _gross, tax in found.values()) == 0
    assert broken() == {}


def test_ticket_at_another_rate_than_the_fee_then_the_box_office_has_its_own_tax(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    show_day = showtime.business_date
    selection = Selection((showtime.theater,), show_day, show_day)

    [line] = REPORTS["box-office"].table(selection).rows

    assert (line["gross"], line["tax"]) == (booking.price_total, booking.tax_lines[0][2])


def test_surcharge_and_promo_code_then_sales_by_day_say_so(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", promo=create_promo_code(showtime.theater))

    [line] = lines("sales", showtime)

    assert (line["surcharges"], line["discounts"]) == (Decimal("2.00"), booking.discount_total)
    assert line["discounts"] > 0
    assert line["sold_total"] == booking.total
    assert broken() == {}


def test_sold_at_the_counter_then_with_surcharge_and_its_rate_but_without_any_fee(showtime):
    theater = showtime.theater
    theater.fee_percent, theater.fee_floor, theater.order_fee = Decimal(8), Decimal("0.60"), Decimal("1.50")
    theater.save()
    cashier = create_member(theater, "box_office")
    adult = create_ticket_types(theater)[0]
    open_shift(cashier, showtime)

    booking = sell(cashier, showtime, "A1", given="50.00")

    card = showtime.price_card.cells()[booking.booked_seats.get().seat.category_id, adult.pk]
    assert (booking.fee_total, booking.surcharge_total) == (0, Decimal("2.00"))
    assert booking.total == card + 2
    assert [rate for _name, rate, _tax in booking.tax_lines] == [Decimal(18)]
    assert taxes(showtime) == {("Sold", Decimal(18)): (booking.total, booking.tax_total)}
    assert broken() == {}


def test_cash_card_and_website_then_each_tender_has_its_line(ann, showtime, sandbox):
    manager = create_member(showtime.theater, "manager")
    open_shift(manager, showtime)
    cash, card = sell(manager, showtime, "A1"), sell(manager, showtime, "A2", tender="card_terminal")
    sell(manager, showtime, "A3", tender="free", comp="press")
    online = buy(sandbox, ann, showtime, "B1")
    flows.cancel_booking(cash, by=manager, in_full=True, reason="Projector")

    def received():
        return {str(row["tender"]): (row["received"], row["refunded"]) for row in lines("tender", showtime)}

    assert received() == {
        "Cash": (cash.total, 0),  # owed, and still in the drawer
        "Card terminal": (card.total, 0),
        "Online, by Stripe": (online.total, 0),
        "Free of charge": (0, 0),
    }
    flows.pay_out_at_counter(cash, by=manager)
    assert received()["Cash"] == (cash.total, cash.total)
    assert [str(row["tender"]) for row in lines("refunds", showtime)] == ["Cash"]
    assert broken() == {}
