"""A record that killed three workers is tried once more by itself, in a child process with limits.

The child is `manage.py send_alone`; if it dies as well, the record is parked for the operator and the lane moves on.
"""

from __future__ import annotations

import logging
import resource
import subprocess
import sys
from uuid import UUID

from django.conf import settings

from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector

from .claim import claim
from .settle import Settled, settle
from .transitions import refused

logger = logging.getLogger(__name__)

MEMORY = 3 << 29
"""Bytes of its own that the child, and every process it starts, may write to. Not its address space: a browser reserves
terabytes of that and uses few.
"""
START = 20.0
"""Seconds that a child may take until it sends: on a busy machine an innocent record must not be parked for it."""


def serve_one(one: Configured, connector: Connector, *, token: UUID) -> bool:
    """Claims one such record and lets a child send it; True when there was one."""
    began, claimed = claim(
        one.target.pk,
        token=token,
        limit=1,
        lease=START + connector.capabilities.deadline + 3 * settings.LANE_MARGIN,
        alone=True,
    )
    if not claimed:
        return False
    row = claimed[0]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "send_alone", str(row.id), str(token)]
    try:
        limit = START + connector.capabilities.deadline + settings.LANE_MARGIN
        code = subprocess.run(command, timeout=limit, check=False).returncode  # noqa: S603
    except subprocess.TimeoutExpired:
        code = -1
    if code != 0:
        logger.error("%s: delivery %d is parked: its process ended with %d", one.target.key, row.id, code)
        parked = Settled(row.id, row.record_id, refused("poison", ""), "broken", row.action)
        settle([parked], source=one.target.key, token=token, started_at=began)
    return True


def limit_process() -> None:
    """The child's first act: what it may use. Not between fork and exec, where other threads' locks are held."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
