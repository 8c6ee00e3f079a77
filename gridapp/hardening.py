"""Settings of what browsers and senders may do with us: headers, foreign cookies, how much is read of anything."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from gridapp import egress
from gridapp.contract import Misconfigured

_DEVELOPMENT = os.environ.get("GRIDAPP_DEBUG", "1") == "1"

# --- What a browser is told ----------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = not _DEVELOPMENT
SECURE_HSTS_SECONDS = 0 if _DEVELOPMENT else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not _DEVELOPMENT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") == "1" else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"  # addresses have ids of records in them: no other site hears of one
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- What is handed out to everybody: our own files, none of libraries; scripts of other sites read none -------------
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- How much is read ----------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["gridapp.uploads.InMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # a whole request: a file of 5 MB and what is around it

# --- Whom to tell --------------------------------------------------------------------------------------------------
SECURITY_CONTACT = [one for one in os.environ.get("SECURITY_CONTACT", "").split(",") if one]  # mailto:, https:, tel:
SECURITY_POLICY_URL = os.environ.get("SECURITY_POLICY_URL", "")

# --- What production does not start with -----------------------------------------------------------------------------
_HERE = ("localhost", "127.0.0.1", "::1", "")


def _refuse() -> None:
    """Raises ImproperlyConfigured, naming the variable: an instance that is open to others does not come up at all."""
    for host in os.environ.get("ALLOWED_HOSTS", "").split(","):
        if "*" in host or host.startswith("."):
            raise ImproperlyConfigured("ALLOWED_HOSTS must name each host: * and .domain let anybody's name in")
    for origin in filter(None, os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",")):
        if not origin.startswith("https://") or "*" in origin:
            raise ImproperlyConfigured("CSRF_TRUSTED_ORIGINS must be https:// addresses, each of one host")
    broker = urlsplit(os.environ.get("BROKER_URL", ""))
    if (broker.hostname or "") not in _HERE:
        if not broker.password:
            raise ImproperlyConfigured("BROKER_URL must have a password: who writes to the broker starts our tasks")
        if broker.scheme not in ("rediss", "amqps"):
            raise ImproperlyConfigured("BROKER_URL must be rediss:// or amqps:// where the broker is another machine")
    if 0 < len(os.environ.get("METRICS_TOKEN", "")) < 16:
        raise ImproperlyConfigured("METRICS_TOKEN must have 16 characters or more")
    try:
        egress.listed()
    except (ValueError, Misconfigured) as error:
        raise ImproperlyConfigured(f"EGRESS_ALLOW must be host:port,…: {error}") from None


if not _DEVELOPMENT:
    _refuse()
