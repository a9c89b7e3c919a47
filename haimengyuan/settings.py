"""All settings of the portal. What differs between installations comes from the environment; see `.env.example`."""

from pathlib import Path

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from haimengyuan.lib.secrets_file import load_secrets

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")  # a missing file is no error, and the real environment wins over both files
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()
load_secrets(VAR_DIR)


def required_secret(name):
    """The text of a secret; raises ImproperlyConfigured when it is missing or empty, in DEBUG too."""
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: run `make run` once, or copy .env.example to .env and fill it in"
        )
    return value


def whole_number(name, default, *, least=0, most=2**31 - 1):
    """An integer setting; empty is `default`. Raises ImproperlyConfigured when it is no number from least to most."""
    text = env.str(name, default="").strip() or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} is {text!r}: it must be a whole number from {least} to {most}")
    return int(text)


# --- secrets -----------------------------------------------------------------------------------------------

SECRET_KEY = required_secret("SECRET_KEY")
# printed receipts carry signed links: a former key stays here, or their codes stop working
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys for personal columns: the first encrypts, all of them decrypt, so a key is changed by putting one in front
FIELD_KEYS = [key.strip() for key in required_secret("FIELD_KEYS").split(",") if key.strip()]
# keys the look-up hashes of phones; it cannot be changed without writing those hashes again
HASH_KEY = required_secret("HASH_KEY")

# --- this installation -------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
PORT = whole_number("PORT", 8000, least=1, most=65535)  # of `make run`
PUBLIC_BASE_URL = (env.str("PUBLIC_BASE_URL", default="") or f"http://127.0.0.1:{PORT}").rstrip("/")
SERVED_OVER_TLS = PUBLIC_BASE_URL.startswith("https://")
# how many proxies of ours stand in front: that many entries of X-Forwarded-For, from the right, are to be believed
TRUSTED_PROXY_COUNT = whole_number("TRUSTED_PROXY_COUNT", 0)

# shown on every page; the marker is written beside the database when `make run` loads demo data into it
PORTAL_DEMO = env.bool("PORTAL_DEMO", default=(VAR_DIR / "demo").exists())
SITE_ICP = env.str("SITE_ICP", default="")
SITE_MPS = env.str("SITE_MPS", default="")
SITE_GOV_CODE = env.str("SITE_GOV_CODE", default="")

# --- applications and requests -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "haimengyuan",
    "services",
    "volunteers",
    "branches",
    "grids",
    "reminders",
    "people",
    "whitenoise.runserver_nostatic",
    "haimengyuan.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "haimengyuan.middleware.policies",
    "haimengyuan.middleware.found_by_back",  # outside of those that add `Vary: Cookie`
    "django.contrib.sessions.middleware.SessionMiddleware",
    "haimengyuan.middleware.large_type_by_link",
    "haimengyuan.middleware.chosen_language",
    "haimengyuan.middleware.no_large_bodies",
    "haimengyuan.middleware.no_null_characters",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "haimengyuan.urls"
WSGI_APPLICATION = "haimengyuan.wsgi.application"

TEMPLATE_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": TEMPLATE_LOADERS
            if DEBUG
            else [("haimengyuan.lib.template_loader.Loader", TEMPLATE_LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "haimengyuan.context_processors.portal",
                "haimengyuan.context_processors.staff_counts",
            ],
        },
    },
]
# the same markup as Django's, without a template per tag
FORM_RENDERER = "haimengyuan.lib.form_renderer.PlainRenderer"

# --- database ----------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# kept by each thread; closing SQLite's last connection would also write its whole log back at every request
DATABASES["default"]["CONN_MAX_AGE"] = whole_number("DATABASE_CONN_MAX_AGE", 600)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"] |= {
        # IMMEDIATE: a transaction that reads first and writes later cannot wait for another writer, it fails at once
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;"
            # pages; a sign-up writes 35, and with the usual 1000 the disk is waited for after each 28 of them
            "PRAGMA wal_autocheckpoint=4000;",
        },
        # a file: many threads on a shared database in memory get "table is locked", and no timeout helps
        "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
    }
else:
    DATABASES["default"] |= {
        "CONN_HEALTH_CHECKS": True,
        # a cluster may have been made in the C locale; the test database is not copied from its template
        "TEST": {"CHARSET": "UTF8", "TEMPLATE": "template0"},
    }

# --- Redis or files ----------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("REDIS_PREFIX", default="haimengyuan")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    # longer than any task runs: Redis hands a message out again when its time is over
    CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:", "visibility_timeout": 900}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    BROKER_DIR = VAR_DIR / "broker"
    for folder in ("queue", "control", "state"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "files://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "processed_folder": str(BROKER_DIR / "state"),
        "store_processed": False,
        "polling_interval": 0.1,
    }

# --- language and time -------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Celery ------------------------------------------------------------------------------------------------

CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True  # rows hold the state
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_DB_REUSE_MAX = 1000  # otherwise the connection is closed after each task
# each with an exchange of its own: by default all three would be bound to one name, and each get every message of it
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name) for name in ("urgent", "default", "reports")
]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a misspelt queue is an error, not a queue that nobody reads
# nothing slow on "urgent": the gateways of e-mail and robots are asked on "default"
CELERY_TASK_ROUTES = {"reminders.send_due": {"queue": "urgent"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# each is safe to run twice; what has a time of day is repeated, because a tick that nobody takes in time is dropped
CELERY_BEAT_SCHEDULE = {
    "send-due-reminders": {"task": "reminders.send_due", "schedule": crontab()},
    "sweep-reminders": {"task": "reminders.sweep", "schedule": crontab(minute="*/5")},
    # ready when the quiet hours end at eight
    "daily-digest": {"task": "reminders.send_digests", "schedule": crontab(hour="7-11", minute=55)},
    "forget-old": {"task": "people.forget_old", "schedule": crontab(hour="3-6", minute=25)},
    "offer-timeouts": {"task": "services.time_out_offers", "schedule": crontab(minute="*/5")},
    "order-deadlines": {"task": "services.remind_deadlines", "schedule": crontab(minute="*/10")},
    "unanswered-orders": {"task": "services.close_unanswered", "schedule": crontab(hour="8-10", minute=30)},
    "unanswered-bookings": {"task": "grids.expire_bookings", "schedule": crontab(minute="*/5")},
    "forget-visit-notes": {"task": "grids.forget_notes", "schedule": crontab(hour="3-6", minute=50)},
    "plan-branch-life": {"task": "branches.plan_life", "schedule": crontab(hour="6-9", minute=20)},
    "remind-meetings": {"task": "branches.remind_meetings", "schedule": crontab(hour="8-10", minute=40)},
    "announce-terms": {"task": "branches.announce_terms", "schedule": crontab(hour="8-10", minute=45)},
    "expire-letters": {"task": "branches.expire_letters", "schedule": crontab(hour="8-10", minute=40)},
    "ask-for-dues": {"task": "branches.ask_for_dues", "schedule": crontab(hour="7-9", minute=5)},
    "remind-dues": {"task": "branches.remind_dues", "schedule": crontab(hour="8-10", minute=50)},
    "birthday-cards": {"task": "branches.send_birthday_cards", "schedule": crontab(hour="8-10", minute=15)},
    "close-polls": {"task": "branches.close_polls", "schedule": crontab(minute="*/5")},
    "pass-on-places": {"task": "volunteers.pass_on_offers", "schedule": crontab(minute="*/5")},
    "extend-series": {"task": "volunteers.extend_series", "schedule": crontab(hour="5-8", minute=35)},
    "forget-declined": {"task": "volunteers.forget_declined", "schedule": crontab(hour="3-6", minute=40)},
    "finish-activities": {"task": "volunteers.finish_activities", "schedule": crontab(minute="*/15")},
    "flush-unmet-words": {"task": "services.flush_unmet_words", "schedule": crontab(minute="*/5")},
}
for entry in CELERY_BEAT_SCHEDULE.values():
    # ticks that piled up while the worker was away would all do the same work
    entry["options"] = {"expires": 55}

# --- accounts ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "people.backends.LivingUserBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# five failures of one name from one address: a stranger cannot lock the owner out of every other place
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_CLIENT_IP_CALLABLE = "haimengyuan.lib.client.client_ip"
# a login name may be a phone number, so it is kept and logged as a hash only
AXES_USERNAME_CALLABLE = "haimengyuan.lockout.login_name"
AXES_SENSITIVE_PARAMETERS = ["username", "password"]
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False

# --- browser security --------------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "haimengyuan.views.errors.csrf_failure"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SERVED_OVER_TLS
if SERVED_OVER_TLS:
    CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, without the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- static files ------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
# names with a hash need `collectstatic` first; reloading and tests do without
HASHED_STATIC_NAMES = env.bool("HASHED_STATIC_NAMES", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC_NAMES
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- messages to the outside -------------------------------------------------------------------------------

EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if env.str("EMAIL_URL", default=""):
    globals().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
SMS_BACKEND = env.str("SMS_BACKEND", default="file")
# group robots by the name after "robot:", for example grid-6=wecombot://key,desk=feishu://token
APPRISE_URLS = env.dict("APPRISE_URLS", default={})

# --- API ---------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["haimengyuan.lib.strict_json.StrictJSONParser"],
    "EXCEPTION_HANDLER": "haimengyuan.lib.problems.handle",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "haimengyuan.lib.keyset.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Haimengyuan portal API",
    "DESCRIPTION": "For other systems: the service catalogue, the grids, activities with their free places, placing an "
    "order and following it. Every error is `application/problem+json`; its `detail` is the sentence that a resident would read.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # several things have a kind and a status; without names of their own, their types would be numbered
    "ENUM_NAME_OVERRIDES": {
        "GridKind": "grids.models.Grid.Kind",
        "OrderStatus": "services.models.OrderStatus",
        "ActivityKind": "volunteers.models.Activity.Kind",
        "ShiftKind": "volunteers.models.Shift.Kind",
        "AnnouncedStatus": "volunteers.api.ANNOUNCED",
    },
}

# --- logging -----------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "redacting": {
            "()": "haimengyuan.lib.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "redacting"},
    },
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handlers would print in DEBUG, and mail tracebacks to ADMINS, without the redaction
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "celery": {"level": "WARNING"},  # a tick a minute is no news
    },
}
