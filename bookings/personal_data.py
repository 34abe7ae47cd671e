"""What the shop knows about a person: where it lies, what the export tells of it, what goes with an erasure.

A test compares the two tables with the models: whoever adds one that leads to a person has to say here what is in it.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from django.apps import apps
from django.conf import settings


class Records(NamedTuple):
    model: str
    owner: str  # the way from a row to its person
    fields: str
    is_erased: bool = False  # with the person; the books keep the rest


ACCOUNT = "email name language date_joined last_login uses_history"
RECORDS = {
    "email_addresses": Records("account.EmailAddress", "user", "email verified primary", is_erased=True),
    "social_accounts": Records(
        "socialaccount.SocialAccount", "user", "provider uid date_joined last_login extra_data", is_erased=True
    ),
    "second_factors": Records("mfa.Authenticator", "user", "type created_at last_used_at", is_erased=True),
    "signed_in_until": Records("accounts.Session", "user", "expire_date", is_erased=True),
    "reviews": Records(
        "movies.Review", "user", "movie__title stars text status reason created_at changed_at", is_erased=True
    ),
    "watchlist": Records("movies.WatchlistEntry", "user", "movie__title added_at", is_erased=True),
    "listed_movies": Records(
        "movies.ListedMovie", "movie_list__user", "movie_list__title order movie__title note", is_erased=True
    ),
    "lists": Records("movies.MovieList", "user", "title share_key created_at", is_erased=True),
    "opening_mails": Records(
        "bookings.OpeningMail", "alert__user", "alert__movie__title kind status created_at sent_at", is_erased=True
    ),
    "opening_alerts": Records(
        "bookings.OpeningAlert", "user", "movie__title city__name email created_at confirmed_at", is_erased=True
    ),
    "browsers_to_be_told": Records("bookings.PushSubscription", "user", "endpoint created_at", is_erased=True),
    "bookings": Records(
        "bookings.Booking",
        "user",
        "reference status movie__title showtime__screen__theater__name showtime__screen__name starts_at seat_labels "
        "currency price_total surcharge_total discount_total promo_code fee_total "
        "tax_total total tax_name tax_rate tax_included refund_policy exchange_rule "
        "created_at expires_at confirmed_at cancelled_at reason",
    ),
    "seats": Records(
        "bookings.BookedSeat",
        "booking__user",
        "booking__reference seat__row seat__number ticket_type__name price surcharge discount fee tax total "
        "released_at cancelled_at",
    ),
    "exchanges": Records(
        "bookings.Exchange",
        "new__user",
        "old__reference new__reference value credit back kept cashable created_at done_at",
    ),
    "promo_codes": Records(
        "bookings.Redemption", "booking__user", "booking__reference promo_code__code amount created_at released_at"
    ),
    "tickets": Records(
        "bookings.Ticket",
        "booked_seat__booking__user",
        "booked_seat__booking__reference serial issued_at revoked_at checked_in_at",
    ),
    "shared_seats": Records(
        "bookings.SeatShare",
        "booked_seat__booking__user",
        "booked_seat__booking__reference created_at ended_at",
    ),
    "scans": Records(
        "bookings.DoorScan",
        "ticket__booked_seat__booking__user",
        "ticket__booked_seat__booking__reference ticket__serial scanned_at door verdict",
    ),
    "payments": Records(
        "bookings.Payment",
        "booking__user",
        "booking__reference status amount currency amount_received currency_received created_at paid_at tender "
        "session_id payment_intent request",
    ),
    "refunds": Records(
        "bookings.Refund",
        "payment__booking__user",
        "payment__booking__reference status reason amount currency created_at stripe_id",
    ),
    "disputes": Records(
        "bookings.Dispute",
        "payment__booking__user",
        "payment__booking__reference status reason amount currency opened_at",
    ),
    "moves": Records(
        "bookings.MovedBooking",
        "booking__user",
        "booking__reference move__old_starts_at move__new_starts_at move__reason old_labels new_labels why_no_seats "
        "may_be_refunded move__created_at",
    ),
    "breakdowns": Records(
        "bookings.BreakdownShare",
        "booking__user",
        "booking__reference breakdown__reason admitted absent amount breakdown__created_at",
    ),
    "waiting_lists": Records(
        "bookings.WaitingEntry",
        "user",
        "showtime__movie__title showtime__starts_at party children apart joined_at offers_made offered_until",
        is_erased=True,
    ),
    "offered_seats": Records(
        "bookings.OfferedSeat", "entry__user", "seat__row seat__number entry__offered_until", is_erased=True
    ),
    "mails_about_waiting": Records(
        "bookings.WaitingMail", "entry__user", "kind status created_at sent_at message_id last_error", is_erased=True
    ),
    "mails": Records(
        "bookings.Mail", "booking__user", "booking__reference kind status created_at sent_at message_id last_error"
    ),
}
LEFT_OUT = {
    "account.EmailConfirmation": "Codes are kept in the session; this table of allauth stays empty.",
    "socialaccount.SocialToken": "Keys to another service are not data about a person, and none are kept.",
    "accounts.User_groups": "What staff may do; the theater answers for it.",
    "theaters.Membership": "What staff may do; the theater answers for it.",
    "accounts.User_user_permissions": "What staff may do; the theater answers for it.",
    "bookings.Shift": "What staff did at the till; the books have to say whose drawer it was.",
    "bookings.CashMovement": "What staff put into the drawer or took out of it.",
    "bookings.ShowtimeCancellation": "What staff did; the bookings it ended tell of it.",
    "bookings.ShowtimeMove": "What staff did; the bookings it moved tell of it.",
    "bookings.Breakdown": "What staff did; the refunds tell of it.",
    "bookings.Trouble": "What staff have to look after: the payments, refunds and mails in other words.",
    "bookings.Push": "The mails in other words, to browsers; gone with those and with the anonymisation.",
    "bookings.FilmWeekReturn": "Sums of a theater, and who of the staff has closed them.",
    "bookings.ReportSubscription": "Which of the theater's numbers staff get by mail.",
    "bookings.ReportMail": "When they got them.",
    "admin.LogEntry": "What staff did, or what was done to an account: names in it go with the erasure.",
}


def rows_of(user, records: Records):
    return apps.get_model(records.model).objects.filter(**{records.owner: user})


def export(user) -> dict:
    """Everything in the shop about one person, ready for JSON; amounts in the currency beside them, times in UTC."""
    told = {name: rows(user, records) for name, records in RECORDS.items()}
    account = {field: getattr(user, field) for field in ACCOUNT.split()}
    return {"shop": settings.SITE_NAME, "exported_at": datetime.now(UTC), "account": account, **told}


def rows(user, records: Records) -> list[dict]:
    found = rows_of(user, records).order_by("pk").values(*records.fields.split())
    # booked_seat__booking__reference reads as booking_reference
    return [{"_".join(name.split("__")[-2:]): value for name, value in row.items()} for row in found]
