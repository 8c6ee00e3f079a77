"""Who may try a password now: by browser and account, by address, by account from elsewhere, and altogether.

A browser that knows the account waits for its own failures only, so nobody keeps its holder out from elsewhere. All
others share three counts. What is asked and answered is the same for a name that nobody has.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from django.http import HttpRequest

from gridapp import sealing
from gridapp.audit import origin
from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import known_browsers, throttle
from .models import User

Count = tuple[str, str]
"""Kind and subject of a throttle."""
_OWN = frozenset({"password", "account"})


def knock(request: HttpRequest, username: str) -> int:
    """Counts one try of a password; the seconds to wait before it may be looked at, 0: at once."""
    for kind, subject in _counts(request, username):
        taken = throttle.take(kind, subject)
        if taken.newly:
            note(Act.SIGN_IN_THROTTLED, about=_about(username), result="refused", kind=kind, seconds=taken.wait)
        if taken.wait:
            return taken.wait
    return 0


def failed(username: str, why: str = "password") -> None:
    """Notes a password that was wrong, or `why` it opened nothing: about which account, never what was typed."""
    note(Act.SIGN_IN_FAILED, about=_about(username), result="failed", why=why)


def opened(request: HttpRequest, username: str) -> None:
    """The password was right: nothing of this try counts, and failures of the same kind before it are forgiven."""
    for kind, subject in _counts(request, username):
        (throttle.clear if kind in _OWN else throttle.give_back)(kind, subject)


def network(address: str | None) -> str:
    """What counts as one address: of IPv6 the half that a household or an office is given."""
    if not address:
        return ""
    found = ipaddress.ip_address(address)
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(found.ipv4_mapped if found.version == 6 else found)


def _counts(request: HttpRequest, username: str) -> Sequence[Count]:
    browser = known_browsers.of(request)
    if known_browsers.knows(browser, username):
        return [("password", f"{username}\0{browser.hex()}")]
    address = network(origin.address_of(request.META))
    return [("address", address), ("everywhere", ""), ("account", username)]


def _about(username: str) -> str:
    """The account, or a blind index of a name that nobody has: people type passwords there."""
    pk = User.objects.filter(username=username).values_list("pk", flat=True).first()
    return f"account:{pk}" if pk else f"name:{sealing.blind(username, purpose='name tried').hex()}"
