"""Settings of the mail server that sends reports, all from the environment; without EMAIL_HOST no mail is offered."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_SECURITY = os.environ.get("EMAIL_SECURITY", "starttls")  # or tls, or none: figures go in clear then
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or {"tls": 465, "starttls": 587}.get(EMAIL_SECURITY, 25))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = float(os.environ.get("EMAIL_TIMEOUT", "20"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("EMAIL_FROM", "")
EMAIL_DOMAINS = [name for name in os.environ.get("EMAIL_DOMAINS", "").lower().split(",") if name]  # empty: anywhere
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
REPORT_HOUR = int(os.environ.get("REPORT_HOUR", "6"))  # from then on yesterday's reports are mailed; after 3 o'clock
if EMAIL_HOST and not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("EMAIL_FROM must be set where EMAIL_HOST is: an address that mails come from")
if EMAIL_SECURITY not in {"starttls", "tls", "none"}:
    raise ImproperlyConfigured("EMAIL_SECURITY must be starttls, tls or none")
