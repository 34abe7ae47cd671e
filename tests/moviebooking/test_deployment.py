"""Heroku and Render, played by this machine: their files, their commands, their signals."""

import asyncio
import datetime as dt
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
from celery import Celery
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as shop_settings
from django.core.cache import caches
from django.urls import reverse
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as NoConnection

from moviebooking import embedded
from moviebooking.health import redis_problem
from tests.moviebooking import simple_yaml
from tests.moviebooking.production import ENVIRONMENT, HOST, MACHINE, ROOT, environ, load_settings

PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
APP = json.loads((ROOT / "app.json").read_text())
BLUEPRINT = simple_yaml.read(ROOT / "render.yaml")
BUCKET = {"AWS_STORAGE_BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
NEEDED = set(ENVIRONMENT) - {"DEBUG"} | BUCKET
ADD_ONS = {"DATABASE_URL", "REDIS_URL"}
DATABASE = "moviebooking_deployed"
OWN_REDIS_URL = shop_settings.REDIS_URL


def eventually(condition, seconds=20):
    give_up_at = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return answer


class Dyno:
    """A process of the Procfile, started and stopped the way Heroku does it: signals go to everybody in it."""

    def __init__(self, name, log, environment):
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["bash", "-c", f"exec {PROCFILE[name]}"],
                env=environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509, it takes no lock
            )

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def says(self, words):
        return any(words in line["message"] for line in self.lines())

    def is_gone(self):
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def stop(self):
        """How many seconds it took; a platform waits 30."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)
        assert eventually(self.is_gone, 5)
        return time.monotonic() - started

    def kill(self):
        if not self.is_gone():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The environment of a fresh release: built, then migrated into a database of its own."""
    tmp = tmp_path_factory.mktemp("release")
    own = shop_settings.DATABASE_URL
    release = environ(
        DATABASE_URL=f"{own.rpartition('/')[0]}/{DATABASE}",
        REDIS_URL=OWN_REDIS_URL,
        STATIC_ROOT=str(tmp / "static"),
        MEDIA_ROOT=str(tmp / "media"),
        TMPDIR=str(tmp),
    )
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        # The build knows nothing yet, as when the add-ons are still being made.
        bare = MACHINE | {"STATIC_ROOT": release["STATIC_ROOT"]}
        build = "python manage.py collectstatic --noinput --verbosity 0"
        commands = [
            subprocess.Popen(["bash", "-c", command], env=environment, cwd=ROOT)
            for command, environment in ((build, bare), (PROCFILE["release"], release))
        ]
        assert [command.wait(timeout=300) for command in commands] == [0, 0]
        yield release
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    shutil.rmtree(tmp)


@pytest.fixture
def dynos(release, tmp_path):
    started = []

    def start(name, **changes):
        started.append(Dyno(name, tmp_path / f"{name}.log", release | changes))
        return started[-1]

    yield start
    for dyno in started:
        dyno.kill()


class Router:
    """Ends TLS for the shop and keeps its connection, as the platforms' routers do."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def get(self, path, **headers):
        self.connection.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https", **headers})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def probe(self, path):
        try:
            return self.get(path)[0]
        except OSError:
            self.connection.close()
            return None


def celery_of(loaded):
    app = Celery(set_as_current=False)
    app.config_from_object(SimpleNamespace(**loaded), namespace="CELERY")
    return app


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def slow_page(release):
    """While this lasts, every page that lists movies waits for the database."""
    with psycopg.connect(release["DATABASE_URL"]) as blocker:
        blocker.execute("LOCK TABLE movies_movie IN ACCESS EXCLUSIVE MODE")
        yield lambda: blocker.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]


def test_shop_serves_and_stops_in_order(dynos, release):
    port = free_port()
    # What Render sets for every Python service, and what gunicorn would rather follow than its own file.
    render = {"GUNICORN_CMD_ARGS": f"--preload --access-logfile - --bind=127.0.0.1:{port}", "WEB_CONCURRENCY": "2"}
    web = dynos("web", PGOPTIONS="-c lock_timeout=20s", **render)
    router = Router(port)
    assert eventually(lambda: router.probe("/healthz") == 200), web.log.read_text()
    assert router.get("/readyz")[2] == b'{"status": "ok", "database": "ok", "redis": "ok"}'
    status, headers, page = router.get("/?email=anna@example.com")
    assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=63072000")
    assert_style_sheet_is_compressed_for_ever(router, page)

    answers = []
    slow = Router(port)
    customer = threading.Thread(target=lambda: answers.append(slow.probe("/")))
    with slow_page(release) as waiting:
        customer.start()
        assert eventually(waiting)
        os.killpg(web.process.pid, signal.SIGTERM)
        time.sleep(0.5)
        assert answers == []
    customer.join()
    assert answers == [200]
    assert web.stop() < 10
    assert web.process.returncode == 0
    assert_log_is_json_and_discreet(web)
    for connection in (router, slow):
        connection.connection.close()


def assert_style_sheet_is_compressed_for_ever(router, page):
    path = re.search(r"/static/css/base\.[0-9a-f]{12}\.css", page.decode())[0]
    for encoding in ("br", "gzip"):
        status, headers, _sheet = router.get(path, **{"Accept-Encoding": encoding})
        assert (status, headers["Content-Encoding"]) == (200, encoding)
        assert headers["Cache-Control"] == "max-age=315360000, public, immutable"


def assert_log_is_json_and_discreet(dyno):
    text = dyno.log.read_text()
    assert len(dyno.lines()) == len(text.splitlines())
    assert {"gunicorn.error", "moviebooking.requests"} <= {line["logger"] for line in dyno.lines()}
    assert "anna" not in text


def test_worker_works_and_stops_in_order(dynos, monkeypatch):
    worker = dynos("worker")
    assert eventually(lambda: worker.says("ready.")), worker.log.read_text()
    with monkeypatch.context() as elsewhere:
        shop = celery_of(load_settings(elsewhere, REDIS_URL=OWN_REDIS_URL))
    with shop:
        shop.send_task("bookings.send_mails", ignore_result=True)
        assert eventually(lambda: worker.says("succeeded in")), worker.log.read_text()
    assert worker.stop() < 30
    assert worker.process.returncode == 0
    assert {"INFO"} == {line["level"] for line in worker.lines()}


def test_every_static_file_that_a_template_names_was_collected(release):
    manifest = json.loads((Path(release["STATIC_ROOT"]) / "staticfiles.json").read_text())["paths"]
    sources = [source.read_text() for source in (ROOT / "templates").rglob("*.html")]
    named = {name for source in sources for name in re.findall(r"""{% static ["']([^"']+)["']""", source)}
    assert "css/base.css" in named
    assert named - manifest.keys() == set()


# --- Redis over TLS ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Self-signed, like that of Heroku's key-value store."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "redis.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    path.write_bytes(path.read_bytes() + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def redis_over_tls(certificate):
    """The address of a door with TLS in front of the Redis of the tests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    started, stop = Queue(), asyncio.Event()

    async def serve():
        loop = asyncio.get_running_loop()
        async with await asyncio.start_server(lead_to_redis, "127.0.0.1", 0, ssl=context) as door:
            started.put((door.sockets[0].getsockname()[1], loop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    port, loop = started.get(timeout=10)
    yield f"rediss://localhost:{port}/0"
    loop.call_soon_threadsafe(stop.set)
    thread.join()


async def lead_to_redis(reader, writer):
    there = urlsplit(OWN_REDIS_URL)
    by_socket = there.scheme == "unix"
    port = there.port or 6379
    opened = asyncio.open_unix_connection(there.path) if by_socket else asyncio.open_connection(there.hostname, port)
    redis_reader, redis_writer = await opened
    try:
        await asyncio.gather(pass_on(reader, redis_writer), pass_on(redis_reader, writer))
    finally:
        for end in (writer, redis_writer):
            end.transport.abort()


async def pass_on(reader, writer):
    with suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()


def test_redis_with_its_own_certificate_is_refused(monkeypatch, settings, redis_over_tls):
    with monkeypatch.context() as elsewhere:
        loaded = load_settings(elsewhere, REDIS_URL=redis_over_tls)
    settings.CACHES, settings.REDIS_URL = loaded["CACHES"], loaded["REDIS_URL"]
    with pytest.raises(NoConnection, match="CERTIFICATE_VERIFY_FAILED"):
        caches["holds"].get("seat")
    assert redis_problem() == "unreachable"
    with celery_of(loaded).connection_for_write() as broker, pytest.raises(OperationalError, match="VERIFY_FAILED"):
        broker.ensure_connection(max_retries=1, interval_start=0)


def test_heroku_says_not_to_verify_it(monkeypatch, settings, redis_over_tls):
    verify = APP["env"]["REDIS_TLS_VERIFY"]["value"]
    with monkeypatch.context() as elsewhere:
        loaded = load_settings(elsewhere, REDIS_URL=redis_over_tls, REDIS_TLS_VERIFY=verify)
    settings.CACHES, settings.REDIS_URL = loaded["CACHES"], loaded["REDIS_URL"]
    caches["holds"].set("seat", "F7")
    assert caches["holds"].get("seat") == "F7"
    assert redis_problem() == ""
    with celery_of(loaded).connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0)


# --- What the platforms are told --------------------------------------------------------------------


def test_heroku_asks_for_all_that_is_needed():
    asked = {name for name, variable in APP["env"].items() if variable.get("required", True)}
    assert asked - {"SITE_NAME", "REDIS_TLS_VERIFY", "PGSSLMODE"} == NEEDED - ADD_ONS
    assert all(variable["description"] for variable in APP["env"].values())
    assert APP["env"]["SECRET_KEY"]["generator"] == "secret"


def test_heroku_runs_what_the_procfile_names():
    assert APP["formation"].keys() | {"release"} == PROCFILE.keys()
    assert [add_on["plan"].partition(":")[0] for add_on in APP["addons"]] == ["heroku-postgresql", "heroku-redis"]


def test_render_gives_both_services_all_that_is_needed():
    services = {service["name"]: service for service in BLUEPRINT["services"]}
    for name in ("moviebooking", "moviebooking-worker"):
        assert {variable["key"] for variable in services[name]["envVars"] if "key" in variable} == NEEDED


def test_render_runs_what_the_procfile_names():
    web, worker, redis = BLUEPRINT["services"]
    assert (web["type"], worker["type"], redis["type"]) == ("web", "worker", "keyvalue")
    assert web["preDeployCommand"] == PROCFILE["release"]
    assert web["startCommand"] == PROCFILE["web"]
    assert shlex.split(worker["startCommand"])[:4] == shlex.split(PROCFILE["worker"])[:4]
    assert web["healthCheckPath"] == "/healthz"


def test_render_knows_every_name_it_is_referred_to():
    services = {service["name"] for service in BLUEPRINT["services"]}
    for service in BLUEPRINT["services"][:2]:
        for variable in service["envVars"]:
            if "fromService" in variable:
                assert variable["fromService"]["name"] in services
            elif "fromDatabase" in variable:
                assert variable["fromDatabase"]["name"] == BLUEPRINT["databases"][0]["name"]
            elif "fromGroup" in variable:
                assert variable["fromGroup"] == BLUEPRINT["envVarGroups"][0]["name"]
            else:
                assert variable == {"key": variable["key"], "sync": "false"}


def test_render_puts_everything_in_one_place_behind_the_wall():
    stores = [BLUEPRINT["services"][2], BLUEPRINT["databases"][0]]
    assert len({place["region"] for place in [*BLUEPRINT["services"], *BLUEPRINT["databases"]]}) == 1
    assert [store["ipAllowList"] for store in stores] == ["[]", "[]"]


def test_render_group_holds_no_secret():
    keys = {variable["key"] for variable in BLUEPRINT["envVarGroups"][0]["envVars"]}
    assert keys == {"SITE_NAME", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS", "TRUSTED_PROXY_COUNT"}


def test_first_webhook_secret_is_taken(monkeypatch):
    """The endpoint at Stripe can only be made when the address is known, so after the first deploy."""
    assert "whsec_later" in APP["env"]["STRIPE_WEBHOOK_SECRET"]["description"]
    assert load_settings(monkeypatch, STRIPE_WEBHOOK_SECRET="whsec_later")["STRIPE_WEBHOOK_SECRETS"] == ["whsec_later"]


def test_guide_names_every_event_and_address():
    guide = (ROOT / "docs" / "deploy.md").read_text()
    for event in (
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "refund.created",
        "refund.updated",
        "refund.failed",
    ):
        assert f"`{event}`" in guide
    assert f"https://YOUR-ADDRESS{reverse('bookings:stripe_webhook')}`" in guide
    assert f"https://YOUR-ADDRESS{reverse('google_callback')}`" in guide


def test_guide_explains_every_variable():
    guide = (ROOT / "docs" / "deploy.md").read_text()
    names = "settings.py", "servers.py", "../gunicorn.conf.py"
    sources = [(ROOT / "moviebooking" / name).read_text() for name in names]
    read = {
        name for source in sources for name in re.findall(r"""(?:env\.\w+|environ\.get)\(\s*["']([A-Z_0-9]+)""", source)
    }
    assert {"SECRET_KEY", "WEB_CONCURRENCY"} < read
    assert {name for name in read if f"`{name}`" not in guide} == set()
