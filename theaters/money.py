"""Amounts are `Decimal` in the currency's main unit, with exactly as many places as the currency has."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import pgettext

# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())
CURRENCIES = [
    *("AED", "AUD", "BHD", "BRL", "CAD", "CHF", "CLP", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JOD"),
    *("JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD", "OMR", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TND", "TRY"),
    *("TWD", "USD", "VND", "ZAR"),
]
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in the main unit.
MINIMUM_CHARGE = {
    currency: Decimal(least)
    for currency, least in {
        **dict.fromkeys(["AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD", "USD"], "0.50"),
        "AED": "2.00",
        "CZK": "15.00",
        "DKK": "2.50",
        "GBP": "0.30",
        "HKD": "4.00",
        "HUF": "175.00",
        "JPY": "50",
        "MXN": "10",
        "MYR": "2",
        "NOK": "3.00",
        "PLN": "2.00",
        "RON": "2.00",
        "SEK": "3.00",
        "THB": "10",
    }.items()
}
ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def decimal_places(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def rounded(amount: Decimal, currency: str, rounding: str = "half_up") -> Decimal:
    """To the currency's smallest amount that can be charged: Stripe takes the third decimal place as 0 only."""
    places = decimal_places(currency)
    smallest = amount.quantize(Decimal(1).scaleb(-min(places, 2)), ROUNDINGS[rounding])
    return smallest.quantize(Decimal(1).scaleb(-places))


def to_minor_units(amount: Decimal, currency: str) -> int:
    """12.50 EUR -> 1250, 1200 JPY -> 1200, 2.500 KWD -> 2500; raises ValueError for a part of a minor unit."""
    minor = amount.scaleb(decimal_places(currency))
    if minor != int(minor):
        raise ValueError(f"{amount} {currency} has more decimal places than the currency")
    return int(minor)


def from_minor_units(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-decimal_places(currency))


def format_money(amount: Decimal, currency: str) -> str:
    """EUR 25.00, as the reader writes it."""
    number = number_format(amount, decimal_places(currency), use_l10n=True, force_grouping=True)
    return pgettext("money", "%(currency)s %(amount)s") % {"currency": currency, "amount": number}
