"""The area tree, the people who sign in, their tablets, and the tokens of other clients."""

from .areas import Area, AreaVersion, GridMapping, Redrawing, RedrawnPart
from .clients import ApiToken, Device
from .people import AccountChange, HandOver, Role, Suggestion, User

__all__ = [
    "AccountChange",
    "ApiToken",
    "Area",
    "AreaVersion",
    "Device",
    "GridMapping",
    "HandOver",
    "Redrawing",
    "RedrawnPart",
    "Role",
    "Suggestion",
    "User",
]
