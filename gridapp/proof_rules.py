"""Settings of proving who one is, from the environment: how long a proof lasts, and who needs a second factor."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

_DEVELOPMENT = os.environ.get("GRIDAPP_DEBUG", "1") == "1"
_ROLES = frozenset({"worker", "supervisor", "officer", "administrator", "security", "auditor"})

FRESH_MINUTES = int(os.environ.get("FRESH_MINUTES", "10"))  # sensitive acts ask for a proof that is no older
if not 1 <= FRESH_MINUTES <= 60:
    raise ImproperlyConfigured("FRESH_MINUTES must be between 1 and 60")

# Roles that cannot sign in without a second factor; whoever else wants one may have it. "off": nobody has to.
_FACTOR = os.environ.get(
    "SECOND_FACTOR", "off" if _DEVELOPMENT else "supervisor,officer,administrator,security,auditor"
)
SECOND_FACTOR = frozenset(role.strip() for role in _FACTOR.split(",")) - {"", "off"}
if unknown := SECOND_FACTOR - _ROLES:
    raise ImproperlyConfigured(f"SECOND_FACTOR names no role: {' '.join(sorted(unknown))}")
