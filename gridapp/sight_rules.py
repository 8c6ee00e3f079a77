"""Settings of who may look at how many people, and for how long a whole value stays on a page."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

LOOKS_A_DAY = {
    role: int(os.environ.get(f"LOOKS_A_DAY_{role.upper()}", usual))
    for role, usual in {
        "worker": 400,  # other people's records; what somebody entered that day does not count
        "supervisor": 800,
        "administrator": 200,
        "auditor": 400,
    }.items()
}
LOOKS_UNREMARKABLE = int(os.environ.get("LOOKS_UNREMARKABLE", "60"))  # a day with fewer is never unusual
SHOWN_SECONDS = int(os.environ.get("SHOWN_SECONDS", "60"))
if min(*LOOKS_A_DAY.values(), LOOKS_UNREMARKABLE, SHOWN_SECONDS) < 1:
    raise ImproperlyConfigured("LOOKS_A_DAY_…, LOOKS_UNREMARKABLE and SHOWN_SECONDS are numbers above 0")
