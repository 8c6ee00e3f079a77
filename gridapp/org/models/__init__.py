"""The area tree, the people who sign in, their tablets, and the tokens of other clients."""

from .areas import Area, AreaVersion, GridMapping, Redrawing, RedrawnPart
from .binding import DeviceKey, HeldBack
from .clients import ApiToken, Device, Scope
from .factors import Factor, RecoveryCode
from .federated import Federated
from .people import AccountChange, HandOver, Role, Suggestion, User
from .signing_in import Ended, FormerPassword, KnownBrowser, OpenSession, Throttled

__all__ = [
    "AccountChange",
    "ApiToken",
    "Area",
    "AreaVersion",
    "Device",
    "DeviceKey",
    "Ended",
    "Factor",
    "Federated",
    "FormerPassword",
    "GridMapping",
    "HandOver",
    "HeldBack",
    "KnownBrowser",
    "OpenSession",
    "RecoveryCode",
    "Redrawing",
    "RedrawnPart",
    "Role",
    "Scope",
    "Suggestion",
    "Throttled",
    "User",
]
