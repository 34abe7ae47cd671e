"""Amounts in minor units: how many decimals a currency has, how to print it, and its minimum charge."""

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
# Without decimals in daily life, yet sent to the API with two, which must be 00.
WHOLE_UNITS_ONLY = frozenset("isk ugx".split())
TWO_DECIMAL = frozenset(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf "
    "cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr "
    "jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio "
    "nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs "
    "top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw".split()
)
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_UNITS_ONLY | TWO_DECIMAL

MINIMUM = {
    "usd": 50, "eur": 50, "gbp": 30, "cad": 50, "aud": 50, "chf": 50, "pln": 200, "hkd": 400,
    "jpy": 50, "sek": 300, "nok": 300, "dkk": 250, "mxn": 1000,
}  # fmt: skip
MAXIMUM = 99_999_999
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def decimals(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def in_figures(amount: int, currency: str) -> str:
    """2500 EUR -> 25.00; integer arithmetic, so no amount is ever rounded."""
    places = decimals(currency)
    whole, rest = divmod(amount, 10**places)
    return f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"


def with_code(amount: int, currency: str) -> str:
    return f"{currency.upper()} {in_figures(amount, currency)}"


def with_symbol(amount: int, currency: str) -> str:
    symbol = SYMBOLS.get(currency)
    return symbol + in_figures(amount, currency) if symbol else with_code(amount, currency)
