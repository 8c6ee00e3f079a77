"""Whose systems are whose: a department's officer sees the systems they are named for and nothing of the others."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Q

from gridapp.org.models import Role, User

from . import targets
from .models import TargetChange, TargetOfficer
from .targets import Configured


def own(user: User | AnonymousUser) -> frozenset[int] | None:
    """The ids of the targets that an officer sees; None for everybody else, whom this does not limit.

    One query per user object, as for areas: who is named for another system sees it with the next request.
    """
    if not isinstance(user, User) or user.role != Role.OFFICER:
        return None
    known: frozenset[int] | None = user.__dict__.get("_systems")
    if known is None:
        found = TargetOfficer.objects.filter(user=user).values_list("target_id", flat=True)
        known = user.__dict__["_systems"] = frozenset(found)
    return known


def seen_by(user: User | AnonymousUser) -> list[Configured]:
    """The targets that somebody sees, in the order of pages."""
    theirs = own(user)
    return [one for one in targets.targets() if theirs is None or one.target.pk in theirs]


def condition(user: User | AnonymousUser, field: str = "target") -> Q:
    """The filter that keeps a query to the targets that somebody sees."""
    theirs = own(user)
    return Q() if theirs is None else Q(**{f"{field}__in": sorted(theirs)})


def of(one: Configured) -> Sequence[TargetOfficer]:
    """Who is named for a target, in the order in which they were."""
    return list(TargetOfficer.objects.filter(target=one.target).select_related("user").order_by("pk"))


def name(one: Configured, user: User, *, by: User) -> bool:
    """From now on `user` sees to this target. False for an account that is no officer's, or was named before."""
    if user.role != Role.OFFICER or not user.is_active:
        return False
    try:
        with transaction.atomic():
            TargetOfficer.objects.create(target=one.target, user=user, named_by=by)
            told = {"what": TargetChange.What.OFFICER, "names": [user.username]}
            TargetChange.objects.create(target=one.target, by=by, **told)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def release(one: Configured, officer_id: int, *, by: User) -> bool:
    """They do not see it any more, from their next request on. False where they did not."""
    found = TargetOfficer.objects.filter(target=one.target, pk=officer_id).select_related("user").first()
    if found is None:
        return False
    told = {"what": TargetChange.What.NO_OFFICER, "names": [found.user.username]}
    found.delete()
    TargetChange.objects.create(target=one.target, by=by, **told)
    return True
