"""Keys of the phones' wallets. Without any there is no button; what is missing or broken stops the start in words."""

import json

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from moviebooking import env

APPLE = "CERTIFICATE KEY WWDR PASS_TYPE_ID TEAM_ID".split()


def apple() -> dict[str, str]:
    """The settings APPLE_WALLET_…, checked; empty when none is set."""
    found = {name: pem(f"APPLE_WALLET_{name}") for name in APPLE}
    if not any(found.values()):
        return {}
    if missing := [f"APPLE_WALLET_{name}" for name, value in found.items() if not value]:
        raise ImproperlyConfigured(f"Apple Wallet needs {', '.join(missing)}, too. Set them, or unset the others.")
    certificate = parsed("APPLE_WALLET_CERTIFICATE", found["CERTIFICATE"], x509.load_pem_x509_certificate)
    parsed("APPLE_WALLET_WWDR", found["WWDR"], x509.load_pem_x509_certificate)
    key = parsed("APPLE_WALLET_KEY", found["KEY"], private_key)
    if key.public_key() != certificate.public_key():
        raise ImproperlyConfigured("APPLE_WALLET_KEY does not belong to APPLE_WALLET_CERTIFICATE.")
    return found


def google() -> dict[str, str]:
    """{issuer, email, key} from GOOGLE_WALLET_ISSUER_ID and the JSON of GOOGLE_WALLET_SERVICE_ACCOUNT; or empty."""
    issuer, account = env.text("GOOGLE_WALLET_ISSUER_ID", ""), env.text("GOOGLE_WALLET_SERVICE_ACCOUNT", "")
    if not (issuer or account):
        return {}
    if not (issuer and account):
        raise ImproperlyConfigured("Google Wallet needs GOOGLE_WALLET_ISSUER_ID and GOOGLE_WALLET_SERVICE_ACCOUNT.")
    if not issuer.isdecimal():
        raise ImproperlyConfigured(f"GOOGLE_WALLET_ISSUER_ID is “{issuer}”, but must be a number.")
    try:
        read = json.loads(account)
        found = {"issuer": issuer, "email": read["client_email"], "key": read["private_key"]}
    except (ValueError, TypeError, KeyError) as error:
        raise ImproperlyConfigured(
            "GOOGLE_WALLET_SERVICE_ACCOUNT must be the service account's JSON file, with client_email and private_key."
        ) from error
    parsed("GOOGLE_WALLET_SERVICE_ACCOUNT", found["key"], private_key)
    return found


def pem(name: str) -> str:
    """Panels of platforms often take one line only: \\n stands for its end."""
    return env.text(name, "").replace("\\n", "\n")


def private_key(text: bytes):
    return load_pem_private_key(text, password=None)


def parsed(name: str, text: str, parse):
    try:
        return parse(text.encode())
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{name} cannot be read. It must be PEM, without a password.") from error
