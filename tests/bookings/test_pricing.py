from decimal import Decimal
from types import SimpleNamespace

import pytest

from bookings.exceptions import BadChoice
from bookings.pricing import Tariff, price_parts, quote_seats, refund_due
from theaters.money import format_money, from_minor_units, to_minor_units

ADULT, CHILD = SimpleNamespace(pk=1, name="Adult"), SimpleNamespace(pk=2, name="Child")
STALLS = 7


def tariff(currency="EUR", rate="7", *, included=True, fee="1.00", fee_taxed=True, adult="11.50", rounding="half_up"):
    return Tariff(
        currency=currency,
        rounding=rounding,
        fee=Decimal(fee),
        fee_taxed=fee_taxed,
        tax_name="VAT",
        tax_rate=Decimal(rate),
        tax_included=included,
        cells={(STALLS, 1): Decimal(adult), (STALLS, 2): Decimal("7.50")},
    )


def seat(label="F7", category=STALLS):
    return SimpleNamespace(label=label, category_id=category)


# price, fee, tax, total by hand: an included tax is (price + fee) - (price + fee) / (1 + rate)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (tariff("EUR", "7", adult="11.50", fee="1.00"), ("11.50", "1.00", "0.82", "12.50")),
        (tariff("EUR", "19", adult="11.50", fee="1.00"), ("11.50", "1.00", "2.00", "12.50")),
        (tariff("GBP", "20", adult="9.99", fee="0.70"), ("9.99", "0.70", "1.78", "10.69")),
        (tariff("USD", "8.875", included=False, adult="15.00", fee="1.50"), ("15.00", "1.50", "1.46", "17.96")),
        (
            tariff("USD", "8.875", included=False, fee_taxed=False, adult="15.00", fee="1.50"),
            ("15.00", "1.50", "1.33", "17.83"),
        ),
        (tariff("INR", "18", adult="250", fee="20"), ("250.00", "20.00", "41.19", "270.00")),
        (tariff("JPY", "10", adult="1900", fee="108"), ("1900", "108", "183", "2008")),
        (tariff("KWD", "5", included=False, adult="3.250", fee="0.125"), ("3.250", "0.130", "0.170", "3.550")),
        (tariff("EUR", "0", adult="0", fee="1.00"), ("0.00", "0.00", "0.00", "0.00")),
    ],
)
def test_price_parts_of_one_seat(given, expected):
    parts = price_parts(given, given.cells[STALLS, 1])

    assert tuple(format(part, f".{-parts[0].as_tuple().exponent}f") for part in parts) == expected


@pytest.mark.parametrize(("rounding", "tax"), [("half_up", "0.13"), ("half_even", "0.12")])
def test_half_a_cent_is_rounded_as_the_theater_says(rounding, tax):
    given = tariff("EUR", "5", included=False, fee="0", adult="2.50", rounding=rounding)

    assert price_parts(given, Decimal("2.50"))[2] == Decimal(tax)


@pytest.mark.parametrize("currency", ["EUR", "GBP", "USD", "INR", "JPY", "KWD"])
@pytest.mark.parametrize("included", [True, False])
def test_quote_then_the_lines_add_up_to_what_is_charged(currency, included):
    given = tariff(currency, "8.875", included=included, adult="13.37" if currency != "JPY" else "1337")
    quote = quote_seats(given, [(seat("F7"), ADULT), (seat("F8"), ADULT), (seat("F9"), CHILD)])

    parts = quote.price_total + quote.fee_total + (0 if included else quote.tax_total)
    assert quote.total == parts == sum(line.total for line in quote.lines)
    assert from_minor_units(to_minor_units(quote.total, currency), currency) == quote.total


def test_ticket_type_that_is_not_sold_for_a_seat_then_a_sentence():
    with pytest.raises(BadChoice, match="A Adult ticket is not sold for seat X1"):
        quote_seats(tariff(), [(seat("X1", category=99), ADULT)])


def test_tariff_goes_through_the_session_unchanged():
    assert Tariff.from_json(tariff().to_json()) == tariff()


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "words"),
    [
        ("12.50", "EUR", 1250, "EUR 12.50"),
        ("1900", "JPY", 1900, "JPY 1,900"),
        ("3.544", "KWD", 3544, "KWD 3.544"),
    ],
)
def test_amounts_in_minor_units_and_in_words(amount, currency, minor, words):
    assert to_minor_units(Decimal(amount), currency) == minor
    assert format_money(Decimal(amount), currency) == words


def test_part_of_a_minor_unit_is_refused():
    with pytest.raises(ValueError, match="more decimal places"):
        to_minor_units(Decimal("12.505"), "EUR")


POLICY = [
    {"minutes_before": 1440, "percent": "100", "fee_refunded": True},
    {"minutes_before": 120, "percent": "50", "fee_refunded": False},
]


@pytest.mark.parametrize(
    ("minutes_left", "due"),
    [("1440", "25.00"), ("1439.99", "11.50"), ("120", "11.50"), ("119.99", "0"), ("-1", "0")],
)
def test_refund_by_the_frozen_policy_at_each_boundary(minutes_left, due):
    booking = SimpleNamespace(
        total=Decimal("25.00"),
        fee_total=Decimal("2.00"),
        currency="EUR",
        tax_rate=Decimal(7),
        tax_included=True,
        fee_taxed=True,
    )

    assert refund_due(POLICY, booking, Decimal(minutes_left)) == Decimal(due)


def test_refund_of_added_tax_then_the_fees_tax_stays_with_the_fee():
    booking = SimpleNamespace(
        total=Decimal("35.92"),  # 2 x (15.00 + 1.50 + 8.875 %)
        fee_total=Decimal("3.00"),
        currency="USD",
        tax_rate=Decimal("8.875"),
        tax_included=False,
        fee_taxed=True,
    )

    assert refund_due(POLICY, booking, Decimal(200)) == Decimal("16.33")  # half of 35.92 - 3.27, half up
