"""All settings, all from the environment, checked at start-up.

With nothing set this is a private development instance: embedded PostgreSQL and Valkey, keys made once and kept in
`var/`. With GRIDAPP_DEBUG=0 (production) every secret and every address must be given.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from gridapp import database_url, keyring, tablet_keys
from gridapp.administrator_addresses import *  # noqa: F403
from gridapp.auditing import *  # noqa: F403
from gridapp.backup_rules import *  # noqa: F403
from gridapp.embedded import Services
from gridapp.engine_times import *  # noqa: F403 - each name is a setting
from gridapp.hardening import *  # noqa: F403
from gridapp.mail_server import *  # noqa: F403
from gridapp.proof_rules import *  # noqa: F403
from gridapp.residents_rights import *  # noqa: F403
from gridapp.sight_rules import *  # noqa: F403
from gridapp.sign_in_rules import *  # noqa: F403
from gridapp.single_sign_on import *  # noqa: F403
from gridapp.tablet_binding import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("GRIDAPP_VAR", BASE_DIR / "var"))
DEVELOPMENT = os.environ.get("GRIDAPP_DEBUG", "1") == "1"
DEBUG = False  # never: its error pages would show residents' values, and every statement would stay in memory


def _secret(name: str, make: Callable[[], str]) -> str:
    return keyring.secret(name, make, development=DEVELOPMENT, kept=VAR / "secrets")


SECRET_KEY = _secret("SECRET_KEY", lambda: secrets.token_urlsafe(50))
SEALING_KEYS = _secret("SEALING_KEYS", lambda: f"1:aes:{secrets.token_hex(32)}")  # id:aes|sm4:hex[:opens]
INDEX_KEY = _secret("INDEX_KEY", lambda: secrets.token_hex(32))  # blind indexes; never one of the sealing keys
INDEX_KEY_BEFORE, STANDING_KEY = (
    keyring.another(name, development=DEVELOPMENT, kept=VAR / "secrets")
    for name in ("INDEX_KEY_BEFORE", "STANDING_KEY")
)
AUDIT_KEYS = _secret("AUDIT_KEYS", lambda: f"1:{secrets.token_hex(32)}")  # id:hex, the last one seals; of its own
TABLET_KEYS = _secret(
    "TABLET_KEYS", lambda: tablet_keys.make(1)
)  # id:base64 of PKCS8 DER; tablets seal to the last one

ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host] or (
    ["localhost", "127.0.0.1", "[::1]"] if DEVELOPMENT else []
)
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

# What this district is
DISTRICT = os.environ.get("GRIDAPP_DISTRICT", "990101")
HOME_CITY = os.environ.get("GRIDAPP_HOME_CITY", DISTRICT[:4])  # whose hukou counts as local
COMPLAINTS_CONTACT = os.environ.get("COMPLAINTS_CONTACT", "")  # a phone number, say
PRACTICE = os.environ.get("GRIDAPP_PRACTICE", "1" if DEVELOPMENT else "0") == "1"  # lets in the made-up division 990101
PRACTICE_URL = os.environ.get("GRIDAPP_PRACTICE_URL", "")  # the installation where people practise

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "gridapp.audit",
    "gridapp.org",
    "gridapp.registry",
    "gridapp.catalogue",
    "gridapp.delivery",
    "gridapp.webhooks",
    "gridapp.desk",
    "gridapp.review",
    "gridapp.ocr",
    "gridapp.api",
    "gridapp.watch",
    "gridapp.demo",
    "gridapp.bench",
]

MIDDLEWARE = [
    "gridapp.permissions.policy",
    "gridapp.watch.doors.doors",
    "gridapp.watch.requests.named",
    "gridapp.watch.origins.told",
    "gridapp.api.https_only.https_only",
    "django.middleware.security.SecurityMiddleware",
    "gridapp.permissions.gate",
    "gridapp.compressing.pages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gridapp.org.attended.attended",
    "gridapp.org.desks.at_their_desks",
    "gridapp.org.bound_tablets.bound",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "gridapp.urls"
WSGI_APPLICATION = "gridapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gridapp.desk.practice.marked",
            ],
        },
    }
]

# --- Database and broker -------------------------------------------------------------------------------------------
EMBEDDED = Services(VAR / "servers", fast=os.environ.get("EMBEDDED_FAST") == "1")


def _database() -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL")
    options = {
        "options": "-c idle_in_transaction_session_timeout=30000 -c statement_timeout=60000",
        # Statements of gridapp.direct are prepared after five uses; 0 behind a PgBouncer older than 1.21
        "prepare_threshold": int(os.environ.get("DATABASE_PREPARE", "5")) or None,
    }
    shared = {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # pytest-django and parallel runs: one database a run
        "TEST": {"NAME": "test_gridapp_" + os.environ.setdefault("TEST_RUN", str(os.getpid()))},
    }
    name = os.environ.get("DATABASE_NAME")
    if not url:
        if not DEVELOPMENT:
            raise ImproperlyConfigured("DATABASE_URL must be set in production: the embedded server is for trying out")
        return {"ENGINE": "gridapp.embedded_backend", "NAME": name or "postgres", "OPTIONS": options, **shared}
    told = database_url.read(url, options)
    if not DEVELOPMENT:
        database_url.refuse(told)
    return {"ENGINE": "django.db.backends.postgresql", **told, "NAME": name or told["NAME"], **shared}


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = os.environ.get("BROKER_URL", "")  # empty: the embedded Valkey
if not BROKER_URL and not DEVELOPMENT:
    raise ImproperlyConfigured("BROKER_URL must be set in production")
QUEUE = os.environ.get("GRIDAPP_QUEUE", "gridapp")

UNDO_SECONDS = int(os.environ.get("UNDO_SECONDS", "8"))  # a tablet sends what was saved only then; 0: at once
SERVICE_WORKER = os.environ.get("SERVICE_WORKER", "on")  # off: tablets that have one are told to remove it

# --- Language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "gridapp" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- Static files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", VAR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

# --- API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["gridapp.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "gridapp.api.problems.handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "gridapp",
    "DESCRIPTION": "一次录入,处处到位 · enter once, fill everywhere",
    "VERSION": "v1",
    # Both are called "action": what a worker does, and what a department is asked to do
    "ENUM_NAME_OVERRIDES": {
        "StandingEnum": "gridapp.api.shapes.STATUSES",
        "EntryActionEnum": ["create", "change", "verify", "move", "close", "correct"],
        "SendingEnum": ["create", "change", "verify", "close"],
    },
}

EXPORT_ALONE_ROWS = int(os.environ.get("EXPORT_ALONE_ROWS", "500"))  # a larger export needs a second person
DEAR_PER_MINUTE = int(os.environ.get("DEAR_PER_MINUTE", "20"))  # reports and papers of an account in one process

# --- Reading identity cards: the Unix socket of `manage.py ocr`; empty: no card is asked for --------------------------
CARD_READER = os.environ.get("CARD_READER", "")

# --- Seen from outside -----------------------------------------------------------------------------------------------
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # whoever scrapes says it; production without one has no /metrics
if not DEVELOPMENT:
    keyring.refuse({name: globals()[name] for name in keyring.SECRETS})

LOG_FORMAT = os.environ.get("LOG_FORMAT", "lines" if DEVELOPMENT else "json")
_LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
_ACCESS_LOG = os.environ.get("ACCESS_LOG", "0" if DEVELOPMENT else "1") == "1"
_SERVERS = "WARNING" if DEVELOPMENT else "INFO"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "gridapp.watch.logs.Lines"}, "json": {"()": "gridapp.watch.logs.Json"}},
    "handlers": {"console": {"class": "gridapp.watch.logs.Console", "formatter": LOG_FORMAT}},
    # Whatever LOG_LEVEL says: below a warning libraries write down what they carry, residents and all.
    "root": {"handlers": ["console"], "level": _LOG_LEVEL if _LOG_LEVEL in {"ERROR", "CRITICAL"} else "WARNING"},
    "loggers": {
        "gridapp": {"level": _LOG_LEVEL},
        "gridapp.access": {"level": _LOG_LEVEL if _ACCESS_LOG else "WARNING"},
        "django": {"handlers": []},  # no mails with whole requests in them
        "django.server": {"handlers": [], "propagate": True, "level": "INFO"},
        "celery": {"level": _SERVERS},
        "celery.app.trace": {"level": "WARNING"},  # a line for every task that went well
        "celery.worker.strategy": {"level": "WARNING"},
        "gunicorn.error": {"handlers": [], "propagate": True, "level": _SERVERS},
        "gunicorn.access": {"handlers": [], "propagate": False},  # its lines have query strings; ours is gridapp.access
    },
}
