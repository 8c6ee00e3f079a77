"""What the engine keeps: deliveries and their tries, lanes, calls. Written only by gridapp.delivery."""

from .calls import Callback, Reconciliation
from .delivery import Delivery, Hold, Rank, Status
from .lanes import Alarm, Backfill, Lane, Sweep, Tally, Timeline
from .tries import Attempt, Evidence, Sheet

__all__ = [
    "Alarm",
    "Attempt",
    "Backfill",
    "Callback",
    "Delivery",
    "Evidence",
    "Hold",
    "Lane",
    "Rank",
    "Reconciliation",
    "Sheet",
    "Status",
    "Sweep",
    "Tally",
    "Timeline",
]
