"""Switching a target on: its entry in the catalogue is complete, one person asks for it, another one consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.org import scope
from gridapp.org.models import User

from . import assessments, officers, settling
from .models import EnablingRequest, Target, TargetChange, TargetOfficer
from .targets import Configured

Outcome, What = EnablingRequest.Outcome, TargetChange.What

LONGEST_TEXT, LONGEST_WHY = 1000, 200

IN_THE_WAY: Mapping[str, str | Promise] = {
    "enabled": _("已经启用"),
    "not_connected": _("没有装它的连接程序"),
    "settings": _("设置还没有填全"),
    "officer": _("还没有指定部门专员"),
    "assessment": _("还没有登记有效的个人信息保护影响评估"),
    "waiting": _("已有申请在等另一人同意"),
    "basis": _("请写明法律依据，不超过 1000 字"),
    "purpose": _("请写明用途，不超过 1000 字"),
}
REFUSED: Mapping[str, str | Promise] = {
    "over": _("这份申请已经处理过了"),
    "same_person": _("申请的人不能自己同意，请另一人处理"),
    "not_yours": _("只有另一位管理员或这个系统的专员可以同意"),
    "changed": _("申请以后设置有改动，请重新申请"),
    "why": _("请写明原因，不超过 200 字"),
    "assessment": _("没有有效的个人信息保护影响评估，不能启用"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of a target when it is switched on: the legal basis, the purpose, who sees to it."""

    basis: str
    purpose: str
    officer: User | None


def latest(one: Configured) -> EnablingRequest | None:
    """The request that waits, else the one before; None where nobody ever asked."""
    found = EnablingRequest.objects.filter(target=one.target).select_related("asked_by", "decided_by", "officer")
    return found.order_by("-pk").first()


def in_the_way(one: Configured) -> list[str]:
    """Why nobody can ask for it now: keys of IN_THE_WAY, none where it can be asked for. Four statements."""
    waits = EnablingRequest.objects.filter(target=one.target, outcome=Outcome.WAITING).exists()
    reasons = {
        "enabled": one.target.enabled,
        "not_connected": one.connector is None,
        "settings": bool(settling.missing(one)),
        "officer": not TargetOfficer.objects.filter(target=one.target, user__is_active=True).exists(),
        "assessment": assessments.stands_in_the_way(one.target.pk),
        "waiting": waits,
    }
    return [key for key, holds in reasons.items() if holds]


def proposed(one: Configured, lang: str = "zh") -> Entry:
    """What the form of a request begins with: what the connector knows, and who was named first."""
    profile, named = one.profile, officers.of(one)
    english = lang.startswith("en")
    basis = (profile.basis_en if english else "") or profile.basis
    purpose = (profile.purpose_en if english else "") or profile.purpose
    return Entry(basis, purpose, named[0].user if named else None)


def ask(one: Configured, entry: Entry, *, by: User) -> list[str]:
    """Asks for a target to be switched on; why that cannot be, as keys of IN_THE_WAY, [] when it is asked for."""
    told = {"basis": entry.basis, "purpose": entry.purpose}
    reasons = in_the_way(one) + [name for name, text in told.items() if not 0 < len(text) <= LONGEST_TEXT]
    named = entry.officer is not None and any(each.user == entry.officer for each in officers.of(one))
    if reasons or not named:
        return reasons or ["officer"]
    try:
        with transaction.atomic():
            row = Target.objects.select_for_update().get(pk=one.target.pk)
            made = {"settings_digest": settling.digest(row), "officer": entry.officer, "asked_by": by}
            EnablingRequest.objects.create(target=row, **told, **made)
            settling.note(row, What.ASKED, by=by)
    except IntegrityError:  # somebody else was quicker
        return ["waiting"]
    return []


def may_decide(request: EnablingRequest, user: User) -> str:
    """Why somebody may not consent to a request, as a key of REFUSED; "" where they may."""
    if request.outcome != Outcome.WAITING:
        return "over"
    if request.asked_by_id == user.pk:
        return "same_person"
    theirs = officers.own(user)
    of_target = theirs is not None and request.target_id in theirs
    return "" if scope.may_administer(user) or of_target else "not_yours"


@transaction.atomic
def consent(request: EnablingRequest, *, by: User) -> str:
    """Switches the target on; why not, as a key of REFUSED, "" when it is done.

    What was entered before is filled in by the clock's next look.
    """
    row, request = _locked(request)
    if refused := may_decide(request, by):
        return refused
    if settling.digest(row) != bytes(request.settings_digest):
        _decide(request, Outcome.OVERTAKEN, None)
        return "changed"
    if assessments.stands_in_the_way(row.pk):
        return "assessment"
    _decide(request, Outcome.CONSENTED, by)
    Target.objects.filter(pk=row.pk).update(enabled=True)
    settling.note(row, What.CONSENTED, by=by)
    return ""


@transaction.atomic
def refuse(request: EnablingRequest, why: str, *, by: User) -> str:
    """The second person does not want it. As `consent` otherwise."""
    row, request = _locked(request)
    if refused := may_decide(request, by):
        return refused
    if not 0 < len(why) <= LONGEST_WHY:
        return "why"
    _decide(request, Outcome.REFUSED, by, why=why)
    settling.note(row, What.REFUSED, by=by, why=why)
    return ""


@transaction.atomic
def withdraw(request: EnablingRequest, *, by: User) -> str:
    """Takes a request back that nobody has decided. As `consent` otherwise."""
    row, request = _locked(request)
    if request.outcome != Outcome.WAITING:
        return "over"
    _decide(request, Outcome.WITHDRAWN, by)
    settling.note(row, What.WITHDRAWN, by=by)
    return ""


@transaction.atomic
def disable(one: Configured, why: str, *, by: User) -> str:
    """Switches a target off: nothing goes out, what waits is kept. It takes a second person to switch it on again."""
    if not 0 < len(why) <= LONGEST_WHY:
        return "why"
    if not Target.objects.filter(pk=one.target.pk, enabled=True).update(enabled=False):
        return "over"
    settling.note(one.target, What.DISABLED, by=by, why=why)
    return ""


def _locked(request: EnablingRequest) -> tuple[Target, EnablingRequest]:
    """The target, locked so that its settings stand still, and the request as it is now."""
    row = Target.objects.select_for_update().get(pk=request.target_id)
    return row, EnablingRequest.objects.select_for_update().get(pk=request.pk)


def _decide(request: EnablingRequest, outcome: EnablingRequest.Outcome, by: User | None, why: str = "") -> None:
    told = {"outcome": outcome, "decided_by": by, "decided_at": timezone.now(), "why": why}
    EnablingRequest.objects.filter(pk=request.pk).update(**told)
