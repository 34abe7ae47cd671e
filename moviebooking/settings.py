"""Settings. What differs between machines comes from the environment (README, “Configuration”)."""

import ssl
import tempfile
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import dj_email_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from moviebooking import checks, env, servers, wallets  # noqa: F401, the checks register themselves
from moviebooking.origins import bucket_origins, origin

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where we are -----------------------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", default=False)
PLATFORM = env.platform()
if DEBUG and PLATFORM:
    raise ImproperlyConfigured(f"DEBUG is on, which shows everybody our insides. Unset it on {PLATFORM}.")
SECRET_KEY = env.text("SECRET_KEY", "only-for-development-" * 3 if DEBUG else None)
# Old secrets while rolling: sessions and tickets signed with them stay good.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else None)
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000" if DEBUG else None).rstrip("/")
SITE_NAME = env.text("SITE_NAME", "Moviebooking")

_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.netloc:
    raise ImproperlyConfigured(f"SITE_URL is “{SITE_URL}”, but must look like https://tickets.example.com")
if not DEBUG:
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured("SECRET_KEY is too weak: use at least 50 random characters.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name your hosts; “*” lets anybody forge links in mails.")
IS_HTTPS = _site.scheme == "https"

ROOT_URLCONF = "moviebooking.urls"
WSGI_APPLICATION = "moviebooking.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "accounts",
    "movies",
    "theaters",
    "bookings",
    "moviebooking.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "bootstrap",
]

MIDDLEWARE = [
    # What every answer carries, static files, health checks and errors too, comes first.
    "moviebooking.middleware.policies",
    "moviebooking.search_engines.keep_out",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "moviebooking.middleware.health",
    "moviebooking.middleware.request_log",
    "moviebooking.middleware.TryAgain",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "moviebooking.middleware.language_of_the_address",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "moviebooking.middleware.OddRequests",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "moviebooking.two_factor.two_factor",
    "accounts.history.history",
    "theaters.access.access_needs",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "moviebooking.context.site",
                "movies.kept_pages.token",
            ],
            "builtins": ["theaters.templatetags.box_office"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Servers ----------------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL", "")
REDIS_URL = env.text("REDIS_URL", "")
if DEBUG and not (DATABASE_URL and REDIS_URL):
    from moviebooking import embedded

    _servers = embedded.start(BASE_DIR / "var", postgres=not DATABASE_URL, redis=not REDIS_URL)
    DATABASE_URL = DATABASE_URL or _servers.database_url
    REDIS_URL = REDIS_URL or _servers.redis_url
DATABASE_URL = DATABASE_URL or env.text("DATABASE_URL")
REDIS_URL = REDIS_URL or env.text("REDIS_URL")

DATABASES = {"default": servers.database(DATABASE_URL)}
_redis_connection = servers.redis_connection(REDIS_URL)
CACHES = servers.caches(REDIS_URL, _redis_connection)
# Not cached in Redis: after an outage it would bring old sessions back, and with them who has signed out meanwhile.
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Pages publish, too: once, briefly, without the waits between Celery's own tries (`max_retries`).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
if REDIS_URL.startswith("rediss://"):
    # Unless told, Celery would verify nothing.
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": _redis_connection.get("ssl_cert_reqs", ssl.CERT_REQUIRED)}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_EXPIRES = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "expire bookings": {"task": "bookings.expire_bookings", "schedule": 30},
    "offer seats to who waits": {"task": "bookings.offer_seats", "schedule": 30},
    "ask about money on its way": {"task": "bookings.ask_about_money", "schedule": 600},
    "send refunds": {"task": "bookings.send_refunds", "schedule": 30},
    "send mails": {"task": "bookings.send_mails", "schedule": 20},
    "tell of sales that open": {"task": "bookings.tell_of_openings", "schedule": 60},
    "send pushes": {"task": "bookings.send_pushes", "schedule": 20},
    "send found tickets": {"task": "bookings.send_found_tickets", "schedule": 20},
    "send reports": {"task": "bookings.send_reports", "schedule": 300},
    "go on with cancelled showtimes": {"task": "bookings.finish_cancellations", "schedule": 60},
    "go on with broken-off showtimes": {"task": "bookings.finish_breakdowns", "schedule": 60},
    "review wheelchair spaces on general sale": {"task": "bookings.review_releases", "schedule": 60},
    "fold changes of the programme": {"task": "bookings.fold_programme", "schedule": 60},
    "reconcile with Stripe": {"task": "bookings.reconcile", "schedule": 300},
    "audit the books": {"task": "bookings.audit", "schedule": crontab(hour=4, minute=30)},
    "remind customers": {"task": "bookings.remind_customers", "schedule": 300},
    "anonymise": {"task": "bookings.anonymise", "schedule": crontab(hour=3, minute=17)},
}

# --- Selling ----------------------------------------------------------------------------------------

HOLD_SECONDS = env.integer("HOLD_SECONDS", 600, minimum=1)
BOOKING_WINDOW_SECONDS = env.integer("BOOKING_WINDOW_SECONDS", 600, minimum=1)
BOOKING_GRACE_SECONDS = env.integer("BOOKING_GRACE_SECONDS", 60)
MAX_SEATS_PER_BOOKING = env.integer("MAX_SEATS_PER_BOOKING", 8, minimum=1)
MAX_SHOWTIMES_HELD = env.integer("MAX_SHOWTIMES_HELD", 2, minimum=1)
# After so many lapsed holds in a row a customer holds nothing for a while.
MAX_LAPSED_HOLDS = env.integer("MAX_LAPSED_HOLDS", 3, minimum=1)
COOL_DOWN_SECONDS = env.integer("COOL_DOWN_SECONDS", HOLD_SECONDS)
# A minute, for each of hold, checkout and pay. A campus shares one address; on a development machine everybody does.
RATE_LIMIT_PER_CUSTOMER = env.integer("RATE_LIMIT_PER_CUSTOMER", 120 if DEBUG else 30, minimum=1)
RATE_LIMIT_PER_ADDRESS = env.integer("RATE_LIMIT_PER_ADDRESS", 60_000 if DEBUG else 600, minimum=1)

# A fifth of the sales that the smallest machine makes, so that it has time for everybody else (docs/waiting-room.md).
WAITING_ROOM_RATE = env.integer("WAITING_ROOM_RATE", 240)
WAITING_ROOM_PLACES = env.integer("WAITING_ROOM_PLACES", 400, minimum=1)
# How long one may look round inside without holding seats, and how long one's turn waits for who is away.
WAITING_ROOM_STAY_SECONDS = env.integer("WAITING_ROOM_STAY_SECONDS", 600, minimum=1)
WAITING_ROOM_TURN_SECONDS = env.integer("WAITING_ROOM_TURN_SECONDS", 300, minimum=1)
WAITING_ROOM_LOBBY_MINUTES = env.integer("WAITING_ROOM_LOBBY_MINUTES", 60)

DOORS_OPEN_MINUTES = env.integer("DOORS_OPEN_MINUTES", 60)
ANONYMISE_AFTER_DAYS = env.integer("ANONYMISE_AFTER_DAYS", 90, minimum=1)

STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "sk_test_unset" if DEBUG else None)
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET", "whsec_unset" if DEBUG else None)
_is_live = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
if _is_live and DEBUG:
    raise ImproperlyConfigured("DEBUG must be off where STRIPE_SECRET_KEY is a live one: unset one of them.")
if STRIPE_SECRET_KEY.startswith("pk_"):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is the publishable key; take the secret one, which begins with sk_.")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
if STRIPE_API_BASE != "https://api.stripe.com":
    if _is_live:
        raise ImproperlyConfigured("STRIPE_API_BASE must not be set together with a live STRIPE_SECRET_KEY.")
    if urlsplit(STRIPE_API_BASE).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ImproperlyConfigured("STRIPE_API_BASE is for a payment stand-in on this machine only. Unset it.")

# Pages are kept so long for who is not signed in. Only what is sold may be that old on them; 0 keeps none.
KEEP_PAGES_SECONDS = env.integer("KEEP_PAGES_SECONDS", 0 if DEBUG else 10)

# --- People -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "theaters.roles.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "movies:home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGOUT_REDIRECT_URL = "movies:home"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# An office or a campus shares one address, and on a development machine everybody does. What fails is limited apart.
ACCOUNT_RATE_LIMITS = {"login": "3000/m/ip", "signup": "300/m/ip"} if DEBUG else {"login": "60/m/ip"}
# Who waits for a code that got lost may ask for two more at once, and not only after three minutes.
ACCOUNT_RATE_LIMITS["confirm_email"] = "3/3m/key"
# Behind one router (Heroku, Render) the last address in X-Forwarded-For is the customer's.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0 if DEBUG else 1)

GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID", "")
SOCIALACCOUNT_PROVIDERS = {"google": {"SCOPE": ["profile", "email"], "OAUTH_PKCE_ENABLED": True, "APPS": []}}
if GOOGLE_CLIENT_ID:
    SOCIALACCOUNT_PROVIDERS["google"]["APPS"] = [
        {"client_id": GOOGLE_CLIENT_ID, "secret": env.text("GOOGLE_CLIENT_SECRET"), "key": ""}
    ]
# Tickets in the phones' wallets: each has its button where its keys are set.
APPLE_WALLET, GOOGLE_WALLET = wallets.apple(), wallets.google()
# Where browsers let themselves be told: whatever else they name is not called.
PUSH_SERVICES = [
    "https://fcm.googleapis.com",
    "https://updates.push.services.mozilla.com",
    "https://*.notify.windows.com",
    "https://web.push.apple.com",
]
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY", "")
MFA_ADAPTER = "accounts.adapters.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # of 30 seconds: phones' clocks are not that good
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
STAFF_TWO_FACTOR = env.boolean("STAFF_TWO_FACTOR", False)
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True

# --- Mail -------------------------------------------------------------------------------------------

_mail = dj_email_url.parse(
    env.text("EMAIL_URL", f"file:///{(BASE_DIR / 'var' / 'mail').as_posix().lstrip('/')}" if DEBUG else None)
)
if "EMAIL_BACKEND" not in _mail:
    raise ImproperlyConfigured("EMAIL_URL must look like submission://user:password@smtp.example.com:587")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"] or "localhost", _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = f"/{_mail['EMAIL_FILE_PATH'].lstrip('/')}"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <tickets@{_site.hostname}>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must hold an address, like “Rialto <tickets@rialto.example>”.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Words and times --------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TEXT_LANGUAGE = env.text("TEXT_LANGUAGE", LANGUAGE_CODE)  # in which staff write about movies and theaters
LANGUAGES = [("en", "English"), ("ar", "العربية")]  # each in its own words, for those who look for theirs
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["moviebooking.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "moviebooking.files.UsedFilesFinder"]
MEDIA_URL = env.text("MEDIA_URL", "/media/")
MEDIA_ROOT_IS_CHOSEN = bool(env.text("MEDIA_ROOT", ""))
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_BUCKET = env.text("AWS_STORAGE_BUCKET_NAME", "")
if MEDIA_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": MEDIA_BUCKET,
            "access_key": env.text("AWS_ACCESS_KEY_ID"),
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY"),
            "endpoint_url": env.text("AWS_S3_ENDPOINT_URL", "") or None,
            "region_name": env.text("AWS_S3_REGION_NAME", "") or None,
            "custom_domain": env.text("AWS_S3_CUSTOM_DOMAIN", "") or None,
            "querystring_auth": env.boolean("AWS_QUERYSTRING_AUTH", default=False),
            "default_acl": None,
            "file_overwrite": False,
        },
    }
# Render can attach a disk that stays; whoever names a folder on it has thought of it.
elif PLATFORM and not (MEDIA_ROOT_IS_CHOSEN and PLATFORM == "Render"):
    raise ImproperlyConfigured(
        f"{PLATFORM} forgets uploaded posters with every restart. Set AWS_STORAGE_BUCKET_NAME and its keys"
        + (", or MEDIA_ROOT to a folder on a disk that stays." if PLATFORM == "Render" else ".")
    )
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Every seat of the largest room, forty rows of forty, can be ticked on one page of the office.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
POSTER_MAX_BYTES = 8 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = tempfile.gettempdir()

# --- Doors and windows ------------------------------------------------------------------------------

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not DEBUG else None
SECURE_SSL_REDIRECT = IS_HTTPS and not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # platforms probe from inside, over plain HTTP
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 * 2 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_PRELOAD = env.boolean("HSTS_PRELOAD", default=False)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD or env.boolean("HSTS_SUBDOMAINS", default=False)
# Neighbours that speak plain http would be locked out for two years, so that only their owner can choose it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if SECURE_SSL_REDIRECT:
    # A browser takes such a cookie only from us and over TLS: no neighbour under our domain can set it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
_host = "__Host-" if SECURE_SSL_REDIRECT else ""
THEME_COOKIE_NAME, ACCESS_COOKIE_NAME = f"{_host}theme", f"{_host}access"
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]
CSRF_FAILURE_VIEW = "moviebooking.errors.csrf_failure"

_pictures_from = [origin(MEDIA_URL)] if origin(MEDIA_URL) else []
if MEDIA_BUCKET:
    _pictures_from = bucket_origins(STORAGES["default"]["OPTIONS"])
# Chromium holds what a form is answered with against form-action, too: without the places where one pays or signs in
# a customer would be stopped after our work is done.
_posted_to = ["https://checkout.stripe.com"]
if STRIPE_API_BASE != "https://api.stripe.com":
    _posted_to.append(STRIPE_API_BASE)
if GOOGLE_CLIENT_ID:
    _posted_to.append("https://accounts.google.com")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "data:", *_pictures_from],
        "form-action": [SELF, *_posted_to],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- What we hear of it -----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "moviebooking.middleware.RequestIdFilter"},
        "database_away": {"()": "moviebooking.logs.DatabaseAway"},
    },
    "formatters": {
        "json": {
            "()": "moviebooking.logs.CleanJsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "filters": ["request_id"],
            "formatter": "plain" if DEBUG else "json",
        }
    },
    "root": {"handlers": ["stdout"], "level": "WARNING" if DEBUG else "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # What the customer did wrong stands in our own line of each request, by its status.
        "django.request": {"level": "ERROR", "filters": ["database_away"]},
        # gunicorn's own words join ours; its access log, which Render switches on, would name every path.
        "gunicorn.error": {"handlers": [], "level": "WARNING" if DEBUG else "INFO", "propagate": True},
        "gunicorn.access": {"handlers": [], "propagate": False},
        # Bodies and keys of payment calls stay out of the logs.
        "stripe": {"level": "WARNING"},
    },
}

SENTRY_DSN = env.text("SENTRY_DSN", "")
if SENTRY_DSN:
    import sentry_sdk

    from moviebooking.logs import clean_event

    sentry_sdk.init(
        dsn=SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=clean_event,
    )
