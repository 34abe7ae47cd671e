"""The code in a ticket's QR: signed with Ed25519, so that a door can check it without asking anybody.

80 bytes (version, key id, showtime, serial, signature), written in base32 because QR codes pack capitals and digits
tightly. The signing key is derived from SECRET_KEY; the key id names which one it was, so that a ticket outlives
the rolling of the secret.
"""

import base64
import hashlib
import io
import struct

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

VERSION = 1
BODY = struct.Struct(">BBI10s")


class ForgedCode(Exception):
    """Not a code that we have signed."""


def signing_keys() -> list[tuple[int, Ed25519PrivateKey]]:
    """[(key id, key)], the one to sign with first; older secrets still verify the tickets they signed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    seeds = [hashlib.blake2b(secret.encode(), person=b"ticket code", digest_size=32).digest() for secret in secrets]
    return [(seed[0], Ed25519PrivateKey.from_private_bytes(seed)) for seed in seeds]


def ticket_code(serial: str, showtime_id: int) -> str:
    key_id, key = signing_keys()[0]
    body = BODY.pack(VERSION, key_id, showtime_id, serial.replace("-", "").encode())
    return base64.b32encode(body + key.sign(body)).decode()


def read_code(code: str) -> tuple[int, str]:
    """(showtime id, serial) of a genuine code; raises ForgedCode."""
    try:
        raw = base64.b32decode(code)
        body, signature = raw[: BODY.size], raw[BODY.size :]
        version, key_id, showtime_id, letters = BODY.unpack(body)
        serial = letters.decode("ascii")
    except (ValueError, struct.error) as error:
        raise ForgedCode from error
    if version != VERSION or not any(is_signed(body, signature, key) for id_, key in signing_keys() if id_ == key_id):
        raise ForgedCode
    return showtime_id, f"{serial[:5]}-{serial[5:]}"


def is_signed(body: bytes, signature: bytes, key: Ed25519PrivateKey) -> bool:
    try:
        key.public_key().verify(signature, body)
    except InvalidSignature:
        return False
    return True


def qr_data_uri(code: str) -> str:
    """An SVG for an <img>, black on white with the quiet zone that scanners need, whatever the theme."""
    return segno.make_qr(code, error="m").svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)


def qr_png(code: str) -> bytes:
    png = io.BytesIO()
    segno.make_qr(code, error="m").save(png, kind="png", scale=6, border=4)
    return png.getvalue()
