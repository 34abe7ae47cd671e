"""What the environment makes of the settings, and how they refuse what makes no sense."""

import ssl

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from psycopg import IsolationLevel

from moviebooking.checks import uploads_are_backed_up
from tests.moviebooking.production import load_settings, run


def not_set(name):
    where = "Set it in the environment (README, “Configuration”), or set DEBUG=1 on a development machine."
    return f"{name} is not set. {where}"


FOREIGN_STRIPE = "STRIPE_API_BASE is for a payment stand-in on this machine only. Unset it."
NO_POSTGRESQL = "DATABASE_URL must name a PostgreSQL database: the seats rest on its row locks."
NO_MAIL = "EMAIL_URL must look like submission://user:password@smtp.example.com:587"
FORGETS = "forgets uploaded posters with every restart. Set AWS_STORAGE_BUCKET_NAME and its keys"
DEBUGGING = "DEBUG is on, which shows everybody our insides. Unset it on"
REFUSED = [
    ({"DYNO": "web.1"}, f"Heroku {FORGETS}."),
    ({"DYNO": "release.1", "MEDIA_ROOT": "/srv/media"}, f"Heroku {FORGETS}."),  # it has no disks that stay
    ({"RENDER": "true"}, f"Render {FORGETS}, or MEDIA_ROOT to a folder on a disk that stays."),
    ({"DYNO": "web.1", "DEBUG": "1"}, f"{DEBUGGING} Heroku."),
    ({"RENDER": "true", "DEBUG": "1"}, f"{DEBUGGING} Render."),
    (
        {"DEBUG": "1", "STRIPE_SECRET_KEY": "sk_live_x"},
        "DEBUG must be off where STRIPE_SECRET_KEY is a live one: unset one of them.",
    ),
    ({"SECRET_KEY": None}, not_set("SECRET_KEY")),
    ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak: use at least 50 random characters."),
    ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is too weak: use at least 50 random characters."),
    ({"ALLOWED_HOSTS": None}, not_set("ALLOWED_HOSTS")),
    ({"ALLOWED_HOSTS": "a.example,*"}, "ALLOWED_HOSTS must name your hosts; “*” lets anybody forge links in mails."),
    ({"SITE_URL": None}, not_set("SITE_URL")),
    ({"SITE_URL": "rialto.example"}, "SITE_URL is “rialto.example”, but must look like https://tickets.example.com"),
    ({"DATABASE_URL": None}, not_set("DATABASE_URL")),
    ({"DATABASE_URL": "sqlite:///db.sqlite3"}, NO_POSTGRESQL),
    ({"DATABASE_URL": "mysql://root@localhost/shop"}, NO_POSTGRESQL),
    ({"DATABASE_URL": "postgresql://user:pa/ss@localhost/shop"}, NO_POSTGRESQL),
    ({"DATABASE_URL": "shop"}, NO_POSTGRESQL),
    ({"REDIS_URL": None}, not_set("REDIS_URL")),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must begin with redis://, rediss:// (over TLS) or unix://."),
    ({"REDIS_TLS_VERIFY": "never", "REDIS_URL": "rediss://h"}, "REDIS_TLS_VERIFY is “never”, but must be 1 or 0."),
    ({"STRIPE_SECRET_KEY": None}, not_set("STRIPE_SECRET_KEY")),
    (
        {"STRIPE_SECRET_KEY": "pk_live_x"},
        "STRIPE_SECRET_KEY is the publishable key; take the secret one, which begins with sk_.",
    ),
    ({"STRIPE_WEBHOOK_SECRET": None}, not_set("STRIPE_WEBHOOK_SECRET")),
    (
        {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_API_BASE": "http://127.0.0.1:4242"},
        "STRIPE_API_BASE must not be set together with a live STRIPE_SECRET_KEY.",
    ),
    ({"STRIPE_API_BASE": "https://api.stripe.com.example"}, FOREIGN_STRIPE),
    ({"STRIPE_API_BASE": "http://localhost@elsewhere.example"}, FOREIGN_STRIPE),
    ({"EMAIL_URL": None}, not_set("EMAIL_URL")),
    ({"EMAIL_URL": "smtp.example.com"}, NO_MAIL),
    (
        {"DEFAULT_FROM_EMAIL": "The Rialto"},
        "DEFAULT_FROM_EMAIL must hold an address, like “Rialto <tickets@rialto.example>”.",
    ),
    ({"GOOGLE_CLIENT_ID": "me"}, not_set("GOOGLE_CLIENT_SECRET")),
    ({"AWS_STORAGE_BUCKET_NAME": "posters"}, not_set("AWS_ACCESS_KEY_ID")),
    ({"AWS_STORAGE_BUCKET_NAME": "posters", "AWS_ACCESS_KEY_ID": "me"}, not_set("AWS_SECRET_ACCESS_KEY")),
    ({"HOLD_SECONDS": "soon"}, "HOLD_SECONDS is “soon”, but must be a whole number of at least 1."),
    ({"HOLD_SECONDS": "0"}, "HOLD_SECONDS is “0”, but must be a whole number of at least 1."),
    ({"MAX_SEATS_PER_BOOKING": "-1"}, "MAX_SEATS_PER_BOOKING is “-1”, but must be a whole number of at least 1."),
    ({"DEBUG": "maybe"}, "DEBUG is “maybe”, but must be 1 or 0."),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_is_missing_or_unsafe_is_named(monkeypatch, changes, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load_settings(monkeypatch, **changes)
    assert str(refusal.value) == sentence


def test_refusal_stops_a_process_before_it_serves():
    refused = run("-m", "gunicorn", "--bind", "127.0.0.1:0", ALLOWED_HOSTS="*")
    last_line = refused.stderr.strip().splitlines()[-1]
    assert refused.returncode != 0
    assert last_line.endswith("ALLOWED_HOSTS must name your hosts; “*” lets anybody forge links in mails.")


def test_blank_is_not_set(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        load_settings(monkeypatch, SECRET_KEY="  ")


def test_production_passes_its_checks():
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", MEDIA_ROOT="/srv/media")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (2 silenced).\n")


def test_site_without_tls_fails_them():
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", SITE_URL="http://tickets.example.com")
    assert checked.returncode == 1
    assert "security.W008" in checked.stderr


@pytest.mark.parametrize(
    ("bucket", "chosen", "said"), [("posters", False, []), ("", True, []), ("", False, ["moviebooking.files"])]
)
def test_check_says_where_uploads_are(bucket, chosen, said):
    with override_settings(MEDIA_BUCKET=bucket, MEDIA_ROOT_IS_CHOSEN=chosen):
        assert [message.id for message in uploads_are_backed_up(None)] == said


BUCKET = {"AWS_STORAGE_BUCKET_NAME": "posters", "AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "mine"}


@pytest.mark.parametrize("place", [{"DYNO": "web.1"} | BUCKET, {"RENDER": "true", "MEDIA_ROOT": "/srv/media"}])
def test_uploads_that_stay_let_it_start(monkeypatch, place):
    assert load_settings(monkeypatch, **place)["PLATFORM"]


def test_build_on_a_platform_needs_no_bucket(tmp_path):
    built = run("manage.py", "collectstatic", "--dry-run", "--noinput", DYNO="run.1", STATIC_ROOT=str(tmp_path))
    assert built.returncode == 0, built.stderr


def test_uploads_go_to_the_bucket(monkeypatch):
    keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "mine", "AWS_S3_ENDPOINT_URL": "https://s3.example"}
    storage = load_settings(monkeypatch, AWS_STORAGE_BUCKET_NAME="posters", **keys)["STORAGES"]["default"]
    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storage["OPTIONS"]["bucket_name"] == "posters"
    assert storage["OPTIONS"]["endpoint_url"] == "https://s3.example"


def test_release_without_configuration_fails():
    refused = run("manage.py", "migrate", SECRET_KEY=None)
    assert refused.stderr.strip().splitlines()[-1].endswith(not_set("SECRET_KEY"))


def test_pages_wait_a_bounded_time_for_the_database(monkeypatch):
    options = load_settings(monkeypatch)["DATABASES"]["default"]["OPTIONS"]
    timeouts = "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
    assert options == {
        "connect_timeout": 3,
        "tcp_user_timeout": 15000,
        "isolation_level": IsolationLevel.READ_COMMITTED,
        "options": timeouts,
    }


def test_migrations_choose_their_own_timeouts(monkeypatch):
    options = load_settings(monkeypatch, PGOPTIONS="-c lock_timeout=3s")["DATABASES"]["default"]["OPTIONS"]
    assert options["options"] == "-c lock_timeout=3s"


def test_database_url_has_the_last_word(monkeypatch):
    url = "postgres://me:p%40ss@db.example:5433/shop?sslmode=require&connect_timeout=2"
    database = load_settings(monkeypatch, DATABASE_URL=url)["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db.example", 5433, "p@ss")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["connect_timeout"] == 2


@pytest.mark.parametrize(("verify", "expected"), [("", ssl.CERT_REQUIRED), ("0", None)])
def test_worker_verifies_redis_as_pages_do(monkeypatch, verify, expected):
    settings = load_settings(monkeypatch, REDIS_URL="rediss://:secret@redis.example:6380", REDIS_TLS_VERIFY=verify)
    assert settings["CELERY_BROKER_USE_SSL"] == {"ssl_cert_reqs": expected}
    assert ("ssl_cert_reqs" in settings["CACHES"]["holds"]["OPTIONS"]["CONNECTION_POOL_KWARGS"]) == (expected is None)


def test_several_webhook_secrets_and_old_keys_are_kept(monkeypatch):
    settings = load_settings(monkeypatch, STRIPE_WEBHOOK_SECRET="whsec_new, whsec_old", SECRET_KEY_FALLBACKS="old")
    assert settings["STRIPE_WEBHOOK_SECRETS"] == ["whsec_new", "whsec_old"]
    assert settings["SECRET_KEY_FALLBACKS"] == ["old"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost", ("localhost", 25, False, False)),
        ("submission://me:p%40ss@smtp.example.com", ("smtp.example.com", 587, True, False)),
        ("smtp://me:mine@smtp.example.com:465?ssl=1", ("smtp.example.com", 465, False, True)),
    ],
)
def test_mail_service_is_one_address(monkeypatch, url, expected):
    settings = load_settings(monkeypatch, EMAIL_URL=url)
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    assert tuple(settings[name] for name in names) == expected


def test_mail_password_may_hold_anything(monkeypatch):
    assert load_settings(monkeypatch, EMAIL_URL="submission://me:p%40ss@h")["EMAIL_HOST_PASSWORD"] == "p@ss"
