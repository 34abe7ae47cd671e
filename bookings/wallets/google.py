"""A link that saves a ticket to Google Wallet: a signed JWT, which Google reads when the customer has followed it.

https://developers.google.com/wallet/tickets/events/use-cases/jwt. One ticket a link, as long addresses get cut off.
"""

import jwt
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from bookings.wallets import Pass

SAVE = "https://pay.google.com/gp/v/save/"


def save_link(one: Pass) -> str:
    wallet = settings.GOOGLE_WALLET
    claims = {
        "iss": wallet["email"],
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(timezone.now().timestamp()),
        "origins": [settings.SITE_URL],
        "payload": {"eventTicketClasses": [evening(one)], "eventTicketObjects": [seat(one)]},
    }
    return SAVE + jwt.encode(claims, wallet["key"], algorithm="RS256")


def class_id(one: Pass) -> str:
    """Google's record of a showtime. A move makes another, as no link can change one that is there."""
    showtime = one.showtime
    facts = f"{showtime.pk} {showtime.starts_at.isoformat()} {showtime.screen_id}"
    return f"{settings.GOOGLE_WALLET['issuer']}.{salted_hmac('wallet class', facts).hexdigest()[:20]}"


def evening(one: Pass) -> dict:
    showtime = one.showtime
    return {
        "id": class_id(one),
        "issuerName": settings.SITE_NAME,
        "reviewStatus": "UNDER_REVIEW",
        "eventName": words(showtime.movie.title),
        "venue": {
            "name": words(showtime.theater.name),
            "address": words(showtime.theater.address or showtime.theater.name),
        },
        "dateTime": {
            "start": showtime.local_start.isoformat(),
            "end": showtime.ends_at.astimezone(showtime.theater.zone).isoformat(),
        },
    }


def seat(one: Pass) -> dict:
    return {
        "id": f"{settings.GOOGLE_WALLET['issuer']}.{one.uid[:20]}",
        "classId": class_id(one),
        "state": "INACTIVE" if one.is_void else "ACTIVE",
        "ticketNumber": one.ticket.serial,
        "seatInfo": {
            "section": words(one.showtime.screen.name),
            **({"row": words(one.seat.row)} if one.seat.row else {}),
            "seat": words(one.seat.number if one.seat.row else one.seat.in_words),
        },
        "barcode": {"type": "QR_CODE", "value": one.code, "alternateText": one.ticket.serial},
    }


def words(text: str) -> dict:
    return {"defaultValue": {"language": get_language() or "en", "value": text}}
