"""What a security administrator asks of a new token, read and judged."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .models import Scope, User

MOST_DAYS = 365
_MOST_NETWORKS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """As it was typed, for the form; `networks` one a line or between blanks."""

    username: str
    purpose: str
    contact: str
    scopes: tuple[str, ...]
    days: str
    networks: str

    @property
    def network_list(self) -> list[str]:
        return self.networks.replace(",", " ").split()


def read(said: Mapping[str, str], scopes: Sequence[str]) -> Wanted:
    """What was sent, without what no text may hold."""
    texts = {
        name: said.get(name, "").replace("\0", "").strip()[:500]
        for name in ("username", "purpose", "contact", "days", "networks")
    }
    return Wanted(scopes=tuple(one for one in Scope.values if one in scopes), **texts)


def judge(wanted: Wanted, clients: QuerySet[User]) -> tuple[User | None, dict[str, str]]:
    """The account, and what is wrong with each field."""
    user = clients.filter(username=wanted.username).first()
    complaints = {
        "username": "" if user else _("请填写您范围内一个在用账号的用户名，不能是自己"),
        "purpose": "" if 0 < len(wanted.purpose) <= 100 else _("请填写用途，最多 100 字"),
        "contact": "" if 0 < len(wanted.contact) <= 100 else _("请填写联系人和电话，最多 100 字"),
        "scopes": "" if wanted.scopes else _("请至少选一项权限"),
        "days": "" if _is_days(wanted.days) else _("请填写 1–365 天"),
        "networks": "" if _are_networks(wanted.network_list) else _("请填写网段，例如 10.1.2.0/24"),
    }
    return user, {name: text for name, text in complaints.items() if text}


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS


def _are_networks(texts: Sequence[str]) -> bool:
    try:
        return len(texts) <= _MOST_NETWORKS and all(ipaddress.ip_network(one) for one in texts)
    except ValueError:
        return False
