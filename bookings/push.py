"""Web push: one short message to one browser, which nobody on the way can read (RFC 8030, 8188, 8291, 8292).

Written with `cryptography` and PyJWT, which are here anyway: pywebpush would bring aiohttp and six more.
"""

import base64
import hashlib
import json
import os
import re
from email.utils import parseaddr
from fnmatch import fnmatchcase
from functools import cache
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PLAIN = re.compile(r"(?P<origin>https?://[a-z0-9.-]+(?::[0-9]+)?)/[\w./:%=~?&+-]*\Z", re.ASCII)
RECORD_SIZE = 4096
PATIENCE = 5
KEPT_FOR = 4 * 60 * 60  # by the push service, while the phone is off
TOKEN_LIFE = 12 * 60 * 60


class SubscriptionGone(Exception):
    """The browser does not want to hear from us any more, or is not there."""


def is_push_service(endpoint: str) -> bool:
    """Whether an address that a browser has sent is one of those we may call: never one inside our own network."""
    # Of a doubtful address each library has its own opinion, so that there must be nothing to doubt.
    place = PLAIN.match(endpoint)
    return bool(place) and any(fnmatchcase(place["origin"], allowed) for allowed in settings.PUSH_SERVICES)


def deliver(endpoint: str, p256dh: str, auth: str, message: dict, *, topic: str) -> None:
    """Hand a message to the push service; one with the same topic takes the place of what still waits there.

    Raises SubscriptionGone, requests.RequestException.
    """
    if not is_push_service(endpoint):
        raise SubscriptionGone
    headers = {
        "Authorization": f"vapid t={token(endpoint)}, k={public_key()}",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT_FOR),
        "Topic": topic,
        "Urgency": "high",
    }
    body = encrypt(json.dumps(message).encode(), unbase64(p256dh), unbase64(auth))
    answer = requests.post(endpoint, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False)
    # 403: it was made with another key of ours.
    if answer.status_code in (403, 404, 410):
        raise SubscriptionGone
    answer.raise_for_status()
    if answer.is_redirect:
        raise SubscriptionGone


def encrypt(plain: bytes, receiver: bytes, auth: bytes, *, salt: bytes = b"", sender=None) -> bytes:
    """RFC 8291: one record, for the browser's public key. Raises ValueError for a key that is none."""
    salt, sender = salt or os.urandom(16), sender or ec.generate_private_key(CURVE)
    own = raw(sender.public_key())
    shared = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, receiver))
    secret = derive(shared, auth, b"WebPush: info\0" + receiver + own, 32)
    key = derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_SIZE.to_bytes(4) + bytes([len(own)]) + own
    return head + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def token(endpoint: str) -> str:
    """RFC 8292: who is calling, good for this service alone and half a day."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(timezone.now().timestamp()) + TOKEN_LIFE,
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    return jwt.encode(claims, private_key(settings.VAPID_PRIVATE_KEY or settings.SECRET_KEY), algorithm="ES256")


def public_key() -> str:
    """What browsers subscribe with."""
    return base64url(raw(private_key(settings.VAPID_PRIVATE_KEY or settings.SECRET_KEY).public_key()))


@cache
def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Derived from a secret, so that nobody has to make one: VAPID_PRIVATE_KEY outlives the rolling of SECRET_KEY."""
    seed = hashlib.blake2b(secret.encode(), person=b"web push", digest_size=48).digest()
    return ec.derive_private_key(int.from_bytes(seed) % (ORDER - 1) + 1, CURVE)


def raw(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
