"""From where administrators work (GB/T 22239, 8.1.4.4 c): the networks that ADMIN_ADDRESSES names; empty: anywhere."""

from __future__ import annotations

import ipaddress
import os

from django.core.exceptions import ImproperlyConfigured

try:
    ADMIN_ADDRESSES = tuple(
        ipaddress.ip_network(one.strip()) for one in os.environ.get("ADMIN_ADDRESSES", "").split(",") if one.strip()
    )
except ValueError as error:
    raise ImproperlyConfigured(f"ADMIN_ADDRESSES must be networks, as 10.8.0.0/24,10.9.1.7: {error}") from None
