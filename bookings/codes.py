"""The code in a ticket's QR: signed with Ed25519, so that a door can check it without asking anybody.

80 bytes (version, key id, showtime, serial, signature), written in base32 because QR codes pack capitals and digits
tightly. The signing key is derived from SECRET_KEY; the key id names which one it was, so that a ticket outlives
the rolling of the secret.
"""

import base64
import hashlib
import io
import struct
from collections.abc import Container, Iterable
from functools import lru_cache

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from PIL import Image

VERSION = 1
QUIET, MASK = 4, 3
BODY = struct.Struct(">BBI10s")
SIGNATURE_SIZE = 64


class ForgedCode(Exception):
    """Not a code that we have signed."""


class RetiredKey(ForgedCode):
    """Made like ours, but no key of ours has this id any more: an old secret's, or nobody's."""


class RevokedCode(Exception):
    """Genuine, but its ticket is void."""


def private_keys() -> list[tuple[int, Ed25519PrivateKey]]:
    """[(key id, key)], the one to sign with first; older secrets still verify the tickets they signed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    seeds = [hashlib.blake2b(secret.encode(), person=b"ticket code", digest_size=32).digest() for secret in secrets]
    return [(seed[0], Ed25519PrivateKey.from_private_bytes(seed)) for seed in seeds]


def public_keys() -> list[tuple[int, bytes]]:
    """[(key id, the 32 bytes of an Ed25519 public key)]. An id is one byte, so two keys may share it."""
    return [(key_id, key.public_key().public_bytes_raw()) for key_id, key in private_keys()]


def ticket_code(serial: str, showtime_id: int) -> str:
    key_id, key = private_keys()[0]
    body = BODY.pack(VERSION, key_id, showtime_id, serial.replace("-", "").encode())
    return base64.b32encode(body + key.sign(body)).decode()


def read_code(code: str) -> tuple[int, str]:
    """(showtime id, serial) of a code signed by a key of today. Raises ForgedCode, RetiredKey."""
    return verify_code(code, public_keys())


def verify_code(code: str, keys: Iterable[tuple[int, bytes]], revoked: Container[str] = frozenset()) -> tuple[int, str]:
    """(showtime id, serial) of a genuine code, asking nobody: for scanners without a line.

    `keys` are those of /door/keys.json, `revoked` the serials of /door/revoked.json.
    Raises ForgedCode, RetiredKey, RevokedCode.
    """
    try:
        raw = base64.b32decode(code)
        body, signature = raw[: BODY.size], raw[BODY.size :]
        version, key_id, showtime_id, letters = BODY.unpack(body)
        serial = letters.decode("ascii")
    except (ValueError, struct.error) as error:
        raise ForgedCode from error
    if version != VERSION or len(signature) != SIGNATURE_SIZE:
        raise ForgedCode
    candidates = [key for id_, key in keys if id_ == key_id]
    if not candidates:
        raise RetiredKey
    if not any(is_signed(body, signature, key) for key in candidates):
        raise ForgedCode
    serial = f"{serial[:5]}-{serial[5:]}"
    if serial in revoked:
        raise RevokedCode
    return showtime_id, serial


def is_signed(body: bytes, signature: bytes, key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, body)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1024)  # some 5 kB each; whoever stands in the queue opens their tickets again and again
def qr_data_uri(code: str) -> str:
    """An SVG for an <img>, black on white with the quiet zone that scanners need, whatever the theme."""
    return qr(code).svg_data_uri(border=QUIET, dark="#000", light="#fff", omitsize=True)


def qr_png(code: str, *, dot: int = 6) -> bytes:
    """By Pillow, as it draws faster than Python does; a module is `dot` pixels wide."""
    rows = [bytes(row) for row in qr(code).matrix_iter(border=QUIET)]
    size = (len(rows), len(rows))
    image = Image.frombytes("L", size, b"".join(rows)).point([255, *[0] * 255]).convert("1")
    png = io.BytesIO()
    image.resize((dot * len(rows), dot * len(rows)), Image.Resampling.NEAREST).save(png, "PNG")
    return png.getvalue()


def qr(code: str) -> segno.QRCode:
    """Under one mask for all, and not the best of eight, which is five times the work.

    A signature looks random under each: by the points of ISO/IEC 18004, 7.8.3, this one has 1884 on average, and the
    best of eight 1772. Scanners read any of them.
    """
    return segno.make_qr(code, error="m", mask=MASK)
