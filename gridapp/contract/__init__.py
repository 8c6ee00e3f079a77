"""What connectors and gridapp know of each other: conditions, layouts, parcels, outcomes and one abstract class.

Pure: no Django, no database, no network.
"""

from .conditions import ALWAYS, NEVER, Condition, all_of, any_of, at_least, is_in, known, not_
from .connector import Capabilities, Connector, Evidence, Setting, Window
from .layout import Inexpressible, Layout, Profile, Row, View
from .outcomes import (
    AlreadyThere,
    Conflict,
    Delivered,
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
from .parcel import Action, Kind, Parcel, Worker

__all__ = [
    "ALWAYS",
    "NEVER",
    "Action",
    "AlreadyThere",
    "Capabilities",
    "Condition",
    "Conflict",
    "Connector",
    "Delivered",
    "Evidence",
    "Inexpressible",
    "Kind",
    "Layout",
    "Manual",
    "Misconfigured",
    "NeedsFirst",
    "NotApplicable",
    "NotYet",
    "Outcome",
    "Parcel",
    "Profile",
    "Rejected",
    "Row",
    "Setting",
    "Submitted",
    "Unavailable",
    "Unknown",
    "View",
    "Window",
    "Worker",
    "all_of",
    "any_of",
    "at_least",
    "is_in",
    "known",
    "not_",
]
