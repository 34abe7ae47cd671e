import json
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from bookings.exceptions import BadChoice
from bookings.pricing import order_parts, price_parts, quote_seats, refund_due
from bookings.tariffs import Slab, Tariff
from theaters.money import format_money, from_minor_units, to_minor_units

OLD_FIELDS = set("currency rounding fee fee_taxed tax_name tax_rate tax_included cells".split())
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


# Both as India had and has them (see TaxRule): what the ticket costs decides the rate, the fee has the flat one.
INR_2025 = (Slab("GST", Decimal(5), None, Decimal(100)), Slab("GST", Decimal(18), Decimal(100), None))
INR_2019 = (Slab("GST", Decimal(12), None, Decimal(100)), Slab("GST", Decimal(18), Decimal(100), None))
EIGHT_PERCENT = {"fee_percent": Decimal(8), "fee_floor": Decimal("0.60"), "fee_cap": Decimal("2.50")}
INR = {"currency": "INR", "rate": "18", "included": False, "fee": "0"}


@pytest.mark.parametrize(
    ("given", "rules", "expected"),
    [
        (tariff(**INR, adult="100"), {"slabs": INR_2025}, "100.00 0.00 5.00 105.00"),
        (tariff(**INR, adult="100.01"), {"slabs": INR_2025}, "100.01 0.00 18.00 118.01"),
        (tariff(**INR, adult="100"), {"slabs": INR_2019}, "100.00 0.00 12.00 112.00"),
        # 5 % of 100 and 18 % of 20; the fee does not lift the ticket over the slab.
        (tariff(**INR | {"fee": "20"}, adult="100"), {"slabs": INR_2025}, "100.00 20.00 8.60 128.60"),
        # The surcharge does: it is a part of the price.
        (tariff(**INR, adult="80"), {"slabs": INR_2025, "surcharge": Decimal(30)}, "110.00 0.00 19.80 129.80"),
        (tariff("EUR", "7", adult="11.50"), {"surcharge": Decimal(3)}, "14.50 1.00 1.01 15.50"),
        (tariff("EUR", "19", adult="10", fee="0"), {"fee_percent": Decimal(8)}, "10.00 0.80 1.72 10.80"),
        (tariff("GBP", "20", adult="5", fee="0"), EIGHT_PERCENT, "5.00 0.60 0.93 5.60"),
        (tariff("GBP", "20", adult="10", fee="0"), EIGHT_PERCENT, "10.00 0.80 1.80 10.80"),
        (tariff("USD", "8.875", included=False, adult="30", fee="1"), EIGHT_PERCENT, "30.00 2.50 2.88 35.38"),
        (
            tariff("JPY", "10", adult="1900", fee="0"),
            {"fee_percent": Decimal("2.5"), "surcharge": Decimal(400)},
            "2300 58 214 2358",
        ),
        (tariff("KWD", "5", included=False, adult="3.25"), {"fee": Decimal("0.098")}, "3.250 0.100 0.170 3.520"),
        (tariff("EUR", "7", adult="0"), {"surcharge": Decimal(3), "fee_floor": Decimal(1)}, "0.00 0.00 0.00 0.00"),
    ],
)
def test_price_parts_with_slabs_surcharges_and_fees_between_floor_and_cap(given, rules, expected):
    parts = price_parts(replace(given, **rules), given.cells[STALLS, 1])

    assert " ".join(format(part, f".{-parts[0].as_tuple().exponent}f") for part in parts) == expected


@pytest.mark.parametrize(
    ("given", "order_fee", "once", "totals"),
    [
        (tariff("EUR", "7", fee="0"), "1.00", ("1.00", "0.07", "1.00"), ["11.83", "11.84", "7.83"]),
        (tariff("USD", "8.875", included=False, fee="0"), "1.50", ("1.50", "0.13", "1.63"), ["13.06", "13.07", "8.71"]),
        (tariff("JPY", "10", fee="0", adult="1900"), "100", ("100", "9", "100"), ["1933", "1934", "41"]),
    ],
)
def test_fee_per_order_then_the_seats_bear_it_to_the_last_cent(given, order_fee, once, totals):
    given = replace(given, order_fee=Decimal(order_fee))
    quote = quote_seats(given, [(seat("F7"), ADULT), (seat("F8"), ADULT), (seat("F9"), CHILD)])

    assert order_parts(given) == tuple(map(Decimal, once))
    assert sum(line.fee for line in quote.lines) == Decimal(order_fee)
    assert [str(line.total) for line in quote.lines] == totals


ALL = SimpleNamespace(code="ALL", kind="percent", value=Decimal(100))
TOO_MUCH = SimpleNamespace(code="ALL", kind="amount", value=Decimal(99))
PERCENT = SimpleNamespace(code="SUMMER10", kind="percent", value=Decimal(10))
AMOUNT = SimpleNamespace(code="FIVER", kind="amount", value=Decimal(5))


@pytest.mark.parametrize(
    ("given", "promo", "discounts", "total"),
    [
        (tariff("EUR", "7"), PERCENT, ["1.15", "1.15", "0.75"], "30.45"),
        (tariff("EUR", "7"), AMOUNT, ["1.89", "1.88", "1.23"], "28.50"),
        (tariff("EUR", "7"), ALL, ["11.50", "11.50", "7.50"], "0"),
        (tariff("EUR", "7"), TOO_MUCH, ["11.50", "11.50", "7.50"], "0"),
        (tariff("USD", "8.875", included=False, fee="0"), PERCENT, ["1.15", "1.15", "0.75"], "29.89"),
        (tariff("JPY", "10", adult="1955", fee="0"), PERCENT, ["196", "195", "1"], "3526"),
        (tariff("KWD", "5", included=False, adult="3.250", fee="0"), AMOUNT, ["1.160", "1.160", "2.680"], "9.440"),
    ],
)
def test_promo_code_then_its_discount_is_shared_by_the_seats_exactly(given, promo, discounts, total):
    quote = quote_seats(given, [(seat("F7"), ADULT), (seat("F8"), ADULT), (seat("F9"), CHILD)], promo)

    assert [str(line.discount) for line in quote.lines] == discounts
    assert quote.discount_total == sum(map(Decimal, discounts))
    assert quote.total == Decimal(total)
    assert quote.promo_code == promo.code


@pytest.mark.parametrize("currency", ["EUR", "GBP", "USD", "INR", "JPY", "KWD"])
@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("promo", [None, PERCENT, AMOUNT])
def test_everything_at_once_then_every_sum_agrees(currency, included, promo):
    slabs = (Slab("Low", Decimal(5), None, Decimal(12)), Slab("High", Decimal("18.5"), Decimal(12), None))
    more = {"surcharge": Decimal(3), "order_fee": Decimal(1), "fee_percent": Decimal("3.3"), "slabs": slabs}
    given = replace(tariff(currency, "8.875", included=included, adult="13.37"), **more)
    quote = quote_seats(given, [(seat("F7"), ADULT), (seat("F8"), ADULT), (seat("F9"), CHILD)], promo)

    added = Decimal(0) if included else quote.tax_total
    assert all(line.total == line.price + line.fee + (0 if included else line.tax) for line in quote.lines)
    assert quote.total == quote.price_total + quote.fee_total + added
    assert quote.price_total == quote.cards_total + quote.surcharge_total - quote.discount_total
    assert quote.tax_total == sum(amount for _name, _rate, amount in quote.tax_lines)
    assert from_minor_units(to_minor_units(quote.total, currency), currency) == quote.total


def test_ticket_type_that_is_not_sold_for_a_seat_then_a_sentence():
    with pytest.raises(BadChoice, match="A Adult ticket is not sold for seat X1"):
        quote_seats(tariff(), [(seat("X1", category=99), ADULT)])


def test_tariff_goes_through_the_session_unchanged():
    given = replace(tariff(), slabs=INR_2025, surcharge=Decimal(3), surcharge_name="3D", fee_cap=Decimal("0.5"))

    assert Tariff.from_json(json.loads(json.dumps(given.to_json()))) == given


def test_tariff_held_before_there_were_surcharges_then_it_has_none():
    old = {name: value for name, value in tariff().to_json().items() if name in OLD_FIELDS}

    assert Tariff.from_json(old) == tariff()


def test_hold_of_a_version_to_come_then_what_this_one_does_not_know_is_left_out():
    """While a new version comes up, or when it is taken back, both read the same sessions."""
    given = replace(tariff(), slabs=INR_2025)
    stored = given.to_json() | {"recycling_fee": "0.10"}
    stored["slabs"][0] |= {"weekdays": [1]}

    assert Tariff.from_json(json.loads(json.dumps(stored))) == given


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

    assert refund_due(POLICY, booking, Decimal(minutes_left), total=booking.total, fees=booking.fee_total) == Decimal(
        due
    )


def test_refund_of_added_tax_then_the_fees_tax_stays_with_the_fee():
    booking = SimpleNamespace(
        total=Decimal("35.92"),  # 2 x (15.00 + 1.50 + 8.875 %)
        fee_total=Decimal("3.00"),
        currency="USD",
        tax_rate=Decimal("8.875"),
        tax_included=False,
        fee_taxed=True,
    )

    assert refund_due(POLICY, booking, Decimal(200), total=booking.total, fees=booking.fee_total) == Decimal(
        "16.33"
    )  # half of 35.92 - 3.27, half up
