"""Settings of tablets: who may work only at one that the office has let in, and for how long a lost one may hand in."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

_DEVELOPMENT = os.environ.get("GRIDAPP_DEBUG", "1") == "1"
_ROLES = {"worker", "supervisor"}

TABLETS_BOUND = frozenset(
    role for role in os.environ.get("TABLETS_BOUND", "off" if _DEVELOPMENT else "worker").split(",") if role != "off"
)
HAND_IN_MINUTES = int(os.environ.get("HAND_IN_MINUTES", "60"))  # what waits on a lost tablet goes before it is wiped
if unknown := TABLETS_BOUND - _ROLES:
    raise ImproperlyConfigured(f"TABLETS_BOUND is off, or worker, supervisor: not {' '.join(sorted(unknown))}")
