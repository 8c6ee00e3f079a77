"""Residents' rights: how long an answer may take, how long departments are waited for, where tombstones are kept."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_VAR = Path(os.environ.get("GRIDAPP_VAR", Path(__file__).resolve().parent.parent / "var"))

RIGHTS_DAYS = int(os.environ.get("RIGHTS_DAYS", "15"))  # working days until a request is answered
DELETION_WAITS_DAYS = int(os.environ.get("DELETION_WAITS_DAYS", "7"))  # so long a department is tried to be told
RETENTION_YEARS = int(os.environ.get("RETENTION_YEARS", "5"))  # then a resident who left or died is put up for deletion
if RETENTION_YEARS < 1:
    raise ImproperlyConfigured("RETENTION_YEARS is a number above 0")
TOMBSTONES = Path(os.environ.get("TOMBSTONES", _VAR / "tombstones.jsonl"))  # kept apart from the database's backups
