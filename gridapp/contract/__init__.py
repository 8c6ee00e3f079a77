"""What connectors and gridapp know of each other: conditions, layouts, parcels, outcomes and one abstract class.

Pure: no Django, no database, no network.
"""

from .callback import Call, Forged, Notice, Signed
from .conditions import ALWAYS, NEVER, Condition, all_of, any_of, at_least, is_in, known, not_
from .connector import Capabilities, Connector, Evidence, Setting
from .layout import Inexpressible, Layout, Profile, Row, View
from .outcomes import (
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Manual,
    Misconfigured,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)
from .parcel import ATTACHMENT, Action, Attachment, Kind, Parcel, Worker
from .preview import ByHand, Line, Preview, Sheet, UnreadableError
from .window import MonthEnd, Season, Window, is_working_day, working_days_after

__all__ = [
    "ALWAYS",
    "ATTACHMENT",
    "NEVER",
    "Action",
    "AlreadyThere",
    "Attachment",
    "ByHand",
    "Call",
    "Capabilities",
    "Condition",
    "Conflict",
    "Connector",
    "Delivered",
    "Differs",
    "Evidence",
    "Forged",
    "Inexpressible",
    "Kind",
    "Layout",
    "Line",
    "Manual",
    "Misconfigured",
    "MonthEnd",
    "NeedsFirst",
    "NotApplicable",
    "NotYet",
    "Notice",
    "Outcome",
    "Parcel",
    "Preview",
    "Profile",
    "Rejected",
    "Row",
    "Season",
    "Setting",
    "Sheet",
    "Signed",
    "Submitted",
    "Unavailable",
    "Unknown",
    "UnreadableError",
    "View",
    "Window",
    "Worker",
    "all_of",
    "any_of",
    "at_least",
    "is_in",
    "is_working_day",
    "known",
    "not_",
    "working_days_after",
]
