"""What the engine keeps: deliveries and their tries, lanes, calls. Written only by gridapp.delivery."""

from .archives import Archive
from .calls import Callback, Reconciliation
from .causes import CauseAct, CauseNote
from .counts import Count, Flow, Step
from .delivery import Delivery, Hold, Rank, Status
from .keys import Rotation, SealingKey
from .lanes import Alarm, Backfill, Lane, Sweep, Tally, Timeline
from .told import FieldSet
from .tries import Attempt, Evidence, Sheet

__all__ = [
    "Alarm",
    "Archive",
    "Attempt",
    "Backfill",
    "Callback",
    "CauseAct",
    "CauseNote",
    "Count",
    "Delivery",
    "Evidence",
    "FieldSet",
    "Flow",
    "Hold",
    "Lane",
    "Rank",
    "Reconciliation",
    "Rotation",
    "SealingKey",
    "Sheet",
    "Status",
    "Step",
    "Sweep",
    "Tally",
    "Timeline",
]
