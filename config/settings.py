"""Django's settings, from the typed environment. Nothing else in the project reads environment variables."""

# ruff: noqa: F401  (names are imported to become settings)
from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import plotly
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.environment import SettingError, broker_from_url, database_from_url, environment
from config.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS
from config.security import CONTENT_SECURITY_POLICY, https_settings
from config.services.places import Places

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    _environment = environment()
    SECRET_KEY = _environment.secret_key()
    DEBUG = _environment.debug is True
    PRODUCTION = _environment.production
    VAR_DIR = _environment.var_dir
    ALLOWED_HOSTS = _environment.allowed_hosts
    BASE_URL = _environment.base_url
    STORE_TIME_ZONE = _environment.time_zone
    CARD_REQUIRED = _environment.card_required
    SEGMENT_APPROVAL = _environment.segment_approval
    SMALLEST_SEGMENT = _environment.smallest_segment
    _places = Places(VAR_DIR)
    _redis_url = _environment.redis_url or _places.valkey_url
    _database = database_from_url(_environment.database_url or _places.postgres_url)
except SettingError as error:
    raise ImproperlyConfigured(str(error)) from error

EMAIL_URL = _environment.text("EMAIL_URL")
SMS_URL = _environment.text("SMS_URL")
PUSH_VAPID_KEY = _environment.text("PUSH_VAPID_KEY")
OUTBOX = VAR_DIR / "outbox"
EXPORTS = VAR_DIR / "exports"

INSTALLED_APPS = [
    "config",
    "campaigns",
    "segmentation",
    "customers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_celery_beat",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "config.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"display": "common.display"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.demo.live.demo_shop",
                "config.waiting.waiting",
            ],
        },
    },
]

# A connection outlives its request, and is asked whether it still lives before the next one: PostgreSQL may have been
# restarted meanwhile. The web server puts a pool in its place (config/wsgi.py).
DATABASES: dict[str, Any] = {"default": _database | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _redis_url
# A cache that is away must not keep a page waiting: one try, and the client's own retries would take seconds.
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _redis_url,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)},
    }
}
CELERY_BROKER_URL = broker_from_url(_redis_url)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS: list[Any] = [BASE_DIR / "static", ("plotly", Path(plotly.__file__).parent / "package_data")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Outside production nothing is collected: files are found where they lie, and read anew at each request with DEBUG=1.
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_TEMP_DIR = None

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Scripts of our own send the token with htmx requests from the page, so the cookie need not be readable.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [f"{urlsplit(BASE_URL).scheme}://{urlsplit(BASE_URL).netloc}"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Our own pages show the preview of a message in a frame; nobody else may frame anything.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]
globals().update(https_settings(production=PRODUCTION))

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": "INFO"} for name in ("config", "customers", "segmentation", "campaigns", "django.security")
    },
}
