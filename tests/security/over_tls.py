"""The shop under gunicorn, over TLS, with the settings of production, on the database of the tests."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as shop_settings
from django.db import connection

from tests.moviebooking.production import ROOT, environ


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), dt.datetime.now(dt.UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    unsigned = unsigned.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    unsigned = unsigned.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    unsigned = unsigned.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, *plain)
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(secret + unsigned.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def serve(certificate, tmp_path):
    """serve(application): the address of the shop, as production serves it, on the database of the tests."""

    @contextmanager
    def serve(application, **changes):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        site, database = f"https://localhost:{port}", urlsplit(os.environ["DATABASE_URL"])
        production = {
            "SITE_URL": site,
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": database._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "REDIS_URL": shop_settings.REDIS_URL,
            "SECRET_KEY": shop_settings.SECRET_KEY,
            "STATIC_ROOT": str(tmp_path / "static"),
            "MEDIA_ROOT": str(shop_settings.MEDIA_ROOT),
            "TRUSTED_PROXY_COUNT": "0",
            "PORT": str(port),
        }
        environment = environ(**production | changes)
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)
        tls = ["--certfile", str(certificate), "--keyfile", str(certificate)]
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *tls, application]
        with subprocess.Popen(gunicorn, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                wait_for(site, certificate)
                yield site
            finally:
                process.terminate()
                process.wait(30)

    return serve


def wait_for(site, certificate):
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            if requests.get(f"{site}/healthz", verify=str(certificate), timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{site} does not answer")
