"""Keys for wallets: a certificate authority of the tests' own, as Apple's is not to be had."""

import json
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate(name, key, *, by=None, by_key=None, is_ca=False):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=by.subject if by else subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2090, 1, 1, tzinfo=UTC)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    return builder.sign(by_key or key, SHA256())


def text(certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def apple_keys() -> tuple[dict[str, str], str]:
    """(the settings by their short names, the root in PEM)"""
    root_key, middle_key, key = private_key(), private_key(), private_key()
    root = certificate("Root", root_key, is_ca=True)
    middle = certificate("Middle", middle_key, by=root, by_key=root_key, is_ca=True)
    own = certificate("Pass Type ID", key, by=middle, by_key=middle_key)
    keys = {"CERTIFICATE": text(own), "KEY": pem(key), "WWDR": text(middle)}
    return keys | {"PASS_TYPE_ID": "pass.example.tickets", "TEAM_ID": "TEAM123456"}, text(root)


def google_account(key) -> str:
    return json.dumps({"client_email": "wallet@example.iam.gserviceaccount.com", "private_key": pem(key)})
