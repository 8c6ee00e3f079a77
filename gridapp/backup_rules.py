"""Backups: who may open them. The identity that opens one is never on the machine that makes them."""

import os

BACKUP_RECIPIENTS = [one for one in os.environ.get("BACKUP_RECIPIENTS", "").split(",") if one]  # age1…, ssh-ed25519 …
