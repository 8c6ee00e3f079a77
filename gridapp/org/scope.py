"""What somebody may see at all: a prefix of area codes, by role. Every query on records goes through here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from .models import Role, User

_Row = TypeVar("_Row", bound=Model)

_ENTERING = frozenset({Role.WORKER, Role.SUPERVISOR})
_SEEING_TARGETS = frozenset(Role) - {Role.WORKER, Role.SECURITY}
_OVERSEEING = _SEEING_TARGETS - {Role.OFFICER}
_READING = frozenset(Role) - {Role.OFFICER, Role.SECURITY}
_DECIDING = frozenset({Role.SUPERVISOR})
_OPERATING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
_KEEPING_ACCOUNTS = frozenset({Role.SUPERVISOR, Role.SECURITY})


def prefixes(user: User | AnonymousUser) -> tuple[str, ...]:
    """The area codes inside which `user` sees anything, shortest first; none for a stranger or a closed account.

    One query per user object: an account that is changed is seen by the next request.
    """
    if not isinstance(user, User) or not user.is_active:
        return ()
    known: tuple[str, ...] | None = user.__dict__.get("_prefixes")
    if known is None:
        known = user.__dict__["_prefixes"] = _outermost(user.areas.values_list("code", flat=True))
    return known


def allows(user: User | AnonymousUser, grid_code: str) -> bool:
    """True where the grid lies in one of the user's areas."""
    return bool(grid_code) and grid_code.startswith(prefixes(user))


def may_enter(user: User | AnonymousUser) -> bool:
    """True for the roles that write records: department officers and auditors only read, administrators run it."""
    return _is_one_of(user, _ENTERING)


def may_oversee(user: User | AnonymousUser) -> bool:
    """True for the roles that look at what all departments are told beyond their own entries."""
    return _is_one_of(user, _OVERSEEING)


def may_see_targets(user: User | AnonymousUser) -> bool:
    """True for the same, and for department officers: they see the targets they are named for (catalogue.officers)."""
    return _is_one_of(user, _SEEING_TARGETS)


def may_read_records(user: User | AnonymousUser) -> bool:
    """True for the roles that look records up. A department's officer sees what their system was sent, not records."""
    return _is_one_of(user, _READING)


def may_decide(user: User | AnonymousUser) -> bool:
    """True for who answers for residents' data: fills by hand, says what a department holds, settles, exports."""
    return _is_one_of(user, _DECIDING)


def may_operate(user: User | AnonymousUser) -> bool:
    """True for who keeps it going, whatever the data: has failures sent again, draws areas."""
    return _is_one_of(user, _OPERATING)


def may_administer(user: User | AnonymousUser) -> bool:
    """True for who configures the targets of the district."""
    return _is_one_of(user, frozenset({Role.ADMINISTRATOR}))


def may_keep_accounts(user: User | AnonymousUser) -> bool:
    """True for who makes and closes accounts, hands grids over and reports tablets lost: supervisors in their areas,
    and the security administrator. Who runs the machine and who audits do not."""
    return _is_one_of(user, _KEEPING_ACCOUNTS)


def may_secure(user: User | AnonymousUser) -> bool:
    """True for the security administrator: accounts of every other role, second factors, tablets, clients."""
    return _is_one_of(user, frozenset({Role.SECURITY}))


def may_keep_clients(user: User | AnonymousUser) -> bool:
    """True for who gives other systems their tokens and the addresses that they are told things at."""
    return _is_one_of(user, frozenset({Role.SECURITY}))


def may_audit(user: User | AnonymousUser) -> bool:
    """True for who reads the audit: auditors alone, and all of it, for what was done lies in no area."""
    return _is_one_of(user, frozenset({Role.AUDITOR}))


def may_watch_sight(user: User | AnonymousUser) -> bool:
    """True for who looks into how much of the residents people look at."""
    return _is_one_of(user, frozenset({Role.SECURITY, Role.AUDITOR}))


def may_see_periods(user: User | AnonymousUser) -> bool:
    """True for who answers for how long things are kept: supervisors and the three administrators."""
    return _is_one_of(user, _OPERATING | {Role.SECURITY, Role.AUDITOR})


def may_renumber(user: User | AnonymousUser) -> bool:
    """True for who writes down a department's new codes: they count in every grid, so whose areas are all of it."""
    return may_administer(user) or (may_decide(user) and has_all(user))


def has_all(user: User | AnonymousUser) -> bool:
    """True where somebody's areas are the whole district."""
    return allows(user, settings.DISTRICT)


def renumbering() -> QuerySet[User]:
    """Who may_renumber and can sign in, by name."""
    around = [settings.DISTRICT[:length] for length in range(1, len(settings.DISTRICT) + 1)]
    supervising = Q(role=Role.SUPERVISOR, areas__in=around)
    able = User.objects.filter(supervising | Q(role=Role.ADMINISTRATOR), is_active=True)
    able = able.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return able.distinct().order_by("first_name", "username")


def condition(user: User | AnonymousUser, field: str = "grid_code") -> Q:
    """The filter that keeps a query inside the user's areas; matches nothing for somebody without any."""
    inside = Q(pk__in=[])
    for prefix in prefixes(user):
        inside |= Q(**{f"{field}__startswith": prefix})
    return inside


def within(queryset: QuerySet[_Row], user: User | AnonymousUser, field: str = "grid_code") -> QuerySet[_Row]:
    """The rows of `queryset` whose `field` lies in one of the user's areas."""
    return queryset.filter(condition(user, field))


def _is_one_of(user: User | AnonymousUser, roles: Collection[str]) -> bool:
    return isinstance(user, User) and user.is_active and user.role in roles


def _outermost(codes: Iterable[str]) -> tuple[str, ...]:
    """Without the codes that lie inside another one of them."""
    kept: list[str] = []
    for code in sorted(codes, key=lambda code: (len(code), code)):
        if not code.startswith(tuple(kept)):
            kept.append(code)
    return tuple(kept)
