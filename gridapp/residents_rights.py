"""Residents' rights: how long an answer may take, how long departments are waited for, where tombstones are kept."""

import os
from pathlib import Path

_VAR = Path(os.environ.get("GRIDAPP_VAR", Path(__file__).resolve().parent.parent / "var"))

RIGHTS_DAYS = int(os.environ.get("RIGHTS_DAYS", "15"))  # working days until a request is answered
DELETION_WAITS_DAYS = int(os.environ.get("DELETION_WAITS_DAYS", "7"))  # so long a department is tried to be told
TOMBSTONES = Path(os.environ.get("TOMBSTONES", _VAR / "tombstones.jsonl"))  # kept apart from the database's backups
