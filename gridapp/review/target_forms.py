"""What an administrator says in the forms of a target's settings page, done, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import registry
from gridapp.catalogue import assessments, officers, settling, settling_enabling, settling_hours
from gridapp.catalogue.models import TargetChange
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.delivery import backfill, checking, gates
from gridapp.org.models import Role, User
from gridapp.review.opening import language, number

_HITS = 10
_LONGEST_QUERY = 100


@dataclass(frozen=True)
class Done:
    """What came of a form: a mood (good, warn or bad) and a sentence, or what the page shows instead of a sentence."""

    mood: str = ""
    said: str = ""
    page: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


def _texts(post: QueryDict) -> dict[str, str]:
    return {name: str(post[name]) for name in post if isinstance(post[name], str)}


def _save(one: Configured, by: User, post: QueryDict) -> Done:
    filled = settling.read(one, _texts(post))
    if not filled.complaints and settling.consequential(one, filled) and post.get("sure") != "yes":
        filled.complaints["sure"] = _("请先勾选：改了以后停用，等另一人同意再启用")
    if filled.complaints:
        typed = settling.asked(one, language(), typed=filled.values)
        return Done(page={"settings": typed, "wrong": filled.complaints}, status=422)
    saved = settling.save(one, filled, by=by)
    if not saved.names:
        return Done("warn", _("没有改动。"))
    if saved.switched_off:
        return Done("warn", _("已保存，并已停用：送去的地方变了，要另一人同意才能再启用。等着推送的都保留。"))
    return Done("good", _("已保存。口令和密钥不再显示。"))


def _hours(one: Configured, by: User, post: QueryDict) -> Done:
    said = settling_hours.read(one, gates.window(one), _texts(post))
    if said.complaints:
        return Done(page={"hours": said, "wrong": said.complaints}, status=422)
    changed = settling_hours.save(one, said, by=by)
    return Done("good", _("已保存，马上按新的时段和速度推送。")) if changed else Done("warn", _("没有改动。"))


def _check(one: Configured, by: User, post: QueryDict) -> Done:
    found = checking.check(one)
    settling.note(one.target, TargetChange.What.CHECKED, by=by, why=found.code)
    said = f"{found.words} {found.said}".strip()
    return Done("good" if found.well else "warn" if found.code == "cannot" else "bad", said)


def _try(one: Configured, by: User, post: QueryDict) -> Done:
    """Records to look at as this target would be sent them. Asked by POST: a name must not stand in an address."""
    query = post.get("q", "").replace("\0", "").strip()[:_LONGEST_QUERY]
    kinds = [str(kind) for kind in Kind if kind in one.profile.layouts]
    found = registry.search.search(query, by, kind=kinds[0] if len(kinds) == 1 else None, limit=_HITS)
    return Done(page={"hits": found, "query": query})


def _ask(one: Configured, by: User, post: QueryDict) -> Done:
    named = {each.user_id: each.user for each in officers.of(one)}
    entry = settling_enabling.Entry(
        post.get("basis", "").strip(), post.get("purpose", "").strip(), named.get(number(post.get("officer")))
    )
    if reasons := settling_enabling.ask(one, entry, by=by):
        said = [str(settling_enabling.IN_THE_WAY[reason]) for reason in reasons]
        return Done(page={"entry": entry, "refused": said}, status=422)
    return Done("good", _("已申请，请另一位管理员或这个系统的专员同意。"))


def _assess(one: Configured, by: User, post: QueryDict) -> Done:
    said = assessments.Said.read(_texts(post))
    if wrong := said.lacks(timezone.localdate()):
        return Done(page={"assessing": said, "wrong": wrong}, status=422)
    assessments.record(one.target, said, by=by)
    return Done("good", _("已登记影响评估。"))


def _withdraw(one: Configured, by: User, post: QueryDict) -> Done:
    request = settling_enabling.latest(one)
    refused = settling_enabling.withdraw(request, by=by) if request else "over"
    return _told(refused, _("已撤回申请。"))


def _disable(one: Configured, by: User, post: QueryDict) -> Done:
    refused = settling_enabling.disable(one, post.get("why", "").strip(), by=by)
    return _told(refused, _("已停用。等着推送的都保留；再启用要另一人同意。"))


def _told(refused: str, well: str) -> Done:
    return Done("bad", str(settling_enabling.REFUSED[refused])) if refused else Done("good", well)


def _name(one: Configured, by: User, post: QueryDict) -> Done:
    user = User.objects.filter(pk=number(post.get("user")), role=Role.OFFICER, is_active=True).first()
    if user is None or not officers.name(one, user, by=by):
        return Done("bad", _("没有指定：请选一位还没有指定的部门专员"))
    return Done("good", _("已指定。专员从现在起能看这个系统，看不到别的系统。"))


def _release(one: Configured, by: User, post: QueryDict) -> Done:
    if not officers.release(one, number(post.get("officer")), by=by):
        return Done("warn", _("已经撤下了。"))
    return Done("good", _("已撤下，马上看不到这个系统。"))


def _fill(one: Configured, by: User, post: QueryDict) -> Done:
    if post.get("sure") != "yes":
        return Done("bad", _("请先勾选确认"))
    try:
        backfill.begin(one.target.pk)
    except LookupError:
        return Done("bad", _("这个系统没有启用"))
    settling.note(one.target, TargetChange.What.BACKFILL, by=by)
    return Done("good", _("补报已开始：逐批看全部档案，只送有变化的。"))


ACTS: Mapping[str, Callable[[Configured, User, QueryDict], Done]] = {
    "save": _save,
    "hours": _hours,
    "check": _check,
    "try": _try,
    "ask": _ask,
    "assess": _assess,
    "withdraw": _withdraw,
    "disable": _disable,
    "name": _name,
    "release": _release,
    "fill": _fill,
}
