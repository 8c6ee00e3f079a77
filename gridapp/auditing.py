"""Settings of the audit, all from the environment; its keys stand in the settings with the other secrets."""

from __future__ import annotations

import os
import shlex

from django.core.exceptions import ImproperlyConfigured

AUDIT_DIGEST = os.environ.get("AUDIT_DIGEST", "sm3")  # or sha256; each link says which, so it may change
AUDIT_CHAIN_EVERY = float(os.environ.get("AUDIT_CHAIN_EVERY", "2"))  # seconds; how long a note may stand unchained
AUDIT_ANCHORS = os.environ.get("AUDIT_ANCHORS", "")  # a folder outside the database; empty: anchors/ in GRIDAPP_VAR
AUDIT_ANCHOR_EVERY = float(os.environ.get("AUDIT_ANCHOR_EVERY", "3600"))  # seconds
AUDIT_ANCHOR_COMMAND = os.environ.get("AUDIT_ANCHOR_COMMAND", "")  # gets each anchor as a line on its standard input
AUDIT_TSA_URL = os.environ.get("AUDIT_TSA_URL", "")  # RFC 3161; empty: anchors are not stamped
AUDIT_TSA_CA = os.environ.get("AUDIT_TSA_CA", "")  # PEM file of whom its certificate must come from
AUDIT_TSA_TIMEOUT = float(os.environ.get("AUDIT_TSA_TIMEOUT", "10"))
AUDIT_VERIFY_HOUR = int(os.environ.get("AUDIT_VERIFY_HOUR", "4"))  # the whole chain, once a day

if AUDIT_DIGEST not in {"sm3", "sha256"}:
    raise ImproperlyConfigured("AUDIT_DIGEST must be sm3 or sha256")
if not 0 < AUDIT_CHAIN_EVERY <= 5:
    raise ImproperlyConfigured("AUDIT_CHAIN_EVERY must be at most 5 seconds: a note is safe only once it is chained")
if not 60 <= AUDIT_ANCHOR_EVERY <= 86400:
    raise ImproperlyConfigured("AUDIT_ANCHOR_EVERY must be between a minute and a day")
if AUDIT_TSA_URL and not AUDIT_TSA_CA:
    raise ImproperlyConfigured("AUDIT_TSA_CA must be set where AUDIT_TSA_URL is: a stamp of anybody's proves nothing")


def _refuse_what_is_no_command(line: str) -> None:
    try:
        words = shlex.split(line)
    except ValueError:  # the line is not repeated: there may be a token in it
        raise ImproperlyConfigured("AUDIT_ANCHOR_COMMAND must be a command line: a quotation is not closed") from None
    if line and not words:
        raise ImproperlyConfigured("AUDIT_ANCHOR_COMMAND must name a command or be empty")


_refuse_what_is_no_command(AUDIT_ANCHOR_COMMAND)
