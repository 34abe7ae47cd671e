"""Passes for Apple Wallet: a zip of pass.json, pictures, their SHA-1 sums, and our signature under the sums.

https://developer.apple.com/documentation/walletpasses/building-a-pass
"""

import hashlib
import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from bookings.wallets import Pass

ONE, SEVERAL = "application/vnd.apple.pkpass", "application/vnd.apple.pkpasses"


def wallet_file(passes: list[Pass]) -> tuple[bytes, str]:
    """(the file, its content type): one pass as it is, several in one archive that phones add at once."""
    if len(passes) == 1:
        return pkpass(passes[0]), ONE
    return archive({f"{number}.pkpass": pkpass(one) for number, one in enumerate(passes, 1)}), SEVERAL


def pkpass(one: Pass) -> bytes:
    files = {"pass.json": json.dumps(content(one), ensure_ascii=False).encode()}
    files |= {f"icon{suffix}.png": icon(29 * scale) for scale, suffix in ((1, ""), (2, "@2x"), (3, "@3x"))}
    # SHA-1 is what Apple's format asks for; the signature over all of them is SHA-256.
    sums = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in files.items()}
    manifest = json.dumps(sums).encode()
    return archive(files | {"manifest.json": manifest, "signature": sign(manifest)})


def archive(files: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return packed.getvalue()


def sign(manifest: bytes) -> bytes:
    """A detached PKCS #7 signature in DER, with Apple's intermediate certificate beside ours."""
    keys = {name: value.encode() for name, value in settings.APPLE_WALLET.items()}
    certificate = x509.load_pem_x509_certificate(keys["CERTIFICATE"])
    key = load_pem_private_key(keys["KEY"], password=None)
    builder = PKCS7SignatureBuilder().set_data(manifest).add_signer(certificate, key, SHA256())
    builder = builder.add_certificate(x509.load_pem_x509_certificate(keys["WWDR"]))
    return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def content(one: Pass) -> dict:
    showtime = one.showtime
    return {
        "formatVersion": 1,
        "passTypeIdentifier": settings.APPLE_WALLET["PASS_TYPE_ID"],
        "teamIdentifier": settings.APPLE_WALLET["TEAM_ID"],
        "serialNumber": one.uid,
        "organizationName": settings.SITE_NAME,
        "description": _("Ticket for %(movie)s") % {"movie": showtime.movie.title},
        "relevantDate": showtime.local_start.isoformat(),
        "expirationDate": showtime.ends_at.isoformat(),
        "voided": one.is_void,
        "sharingProhibited": False,
        "backgroundColor": "rgb(43, 18, 54)",
        "foregroundColor": "rgb(255, 255, 255)",
        "labelColor": "rgb(242, 184, 75)",
        "logoText": settings.SITE_NAME,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": one.code,
                "messageEncoding": "iso-8859-1",
                "altText": one.ticket.serial,
            }
        ],
        "eventTicket": fields(one),
        "semantics": semantics(one),
    }


def fields(one: Pass) -> dict:
    showtime = one.showtime
    when = {"dateStyle": "PKDateStyleMedium", "timeStyle": "PKDateStyleShort", "ignoresTimeZone": True}
    address = "\n".join(filter(None, [showtime.theater.name, showtime.theater.address]))
    return {
        "primaryFields": [field("movie", _("Movie"), showtime.movie.title)],
        "secondaryFields": [field("when", _("Starts"), showtime.local_start.isoformat()) | when],
        "auxiliaryFields": [
            field("screen", _("Screen"), showtime.screen.name),
            *([field("row", _("Row"), one.seat.row)] if one.seat.row else []),
            field("seat", _("Seat"), one.seat.number) if one.seat.row else field("seat", _("Seats"), one.seat.in_words),
        ],
        "backFields": [
            field("kind", _("Ticket"), str(one.ticket.booked_seat.ticket_type)),
            field("where", _("Theater"), address),
        ],
    }


def field(key: str, label: str, value: str) -> dict:
    return {"key": key, "label": label, "value": value}


def semantics(one: Pass) -> dict:
    """What the phone itself understands: to remind, to find the way, to show in the calendar."""
    showtime = one.showtime
    return {
        "eventType": "PKEventTypeMovie",
        "eventName": showtime.movie.title,
        "eventStartDate": showtime.local_start.isoformat(),
        "eventEndDate": showtime.ends_at.astimezone(showtime.theater.zone).isoformat(),
        "venueName": showtime.theater.name,
        "venueRoom": showtime.screen.name,
        **({"seats": [{"seatRow": one.seat.row, "seatNumber": one.seat.number}]} if one.seat.row else {}),
    }


def icon(size: int) -> bytes:
    """A ticket with its perforation, in the colours of the house."""
    picture = Image.new("RGB", (size, size), (43, 18, 54))
    draw, unit = ImageDraw.Draw(picture), size / 29
    draw.rounded_rectangle([3 * unit, 8 * unit, 26 * unit, 21 * unit], 2 * unit, fill=(242, 184, 75))
    for y in (10, 13.5, 17):
        draw.rectangle([18 * unit, y * unit, 19 * unit, (y + 2) * unit], fill=(43, 18, 54))
    png = BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()
