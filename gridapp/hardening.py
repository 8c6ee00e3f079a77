"""Settings of what browsers and senders may do with us: headers, cookies of other sites, how much is read of anything."""

from __future__ import annotations

import os

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

# --- How much is read ----------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["gridapp.uploads.InMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # a whole request: a file of 5 MB and what is around it

# --- Whom to tell --------------------------------------------------------------------------------------------------
SECURITY_CONTACT = [one for one in os.environ.get("SECURITY_CONTACT", "").split(",") if one]  # mailto:, https:, tel:
SECURITY_POLICY_URL = os.environ.get("SECURITY_POLICY_URL", "")
