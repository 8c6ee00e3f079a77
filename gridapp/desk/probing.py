"""How often somebody may learn whether a document is on file somewhere, and enter nobody.

Numbers of a day and a place are few enough to be tried one after the other. A worker who enters people never meets
this: each entry gives its question back. Who is refused can still save: what a tablet sends is set aside at worst.
"""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.utils import translation

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.desk.draft import Action, Draft
from gridapp.dictionary import Refusal
from gridapp.org import throttle
from gridapp.org.models import User
from gridapp.registry.entries import Entered

_KIND = "exists"
_TELLING = frozenset({"lives_elsewhere", "document_taken"})
"""What says that somebody whom the user may not see is on file."""


def ask(draft: Draft, *, by: User) -> int:
    """Counts a question about somebody new before it is answered; the seconds to wait, 0: it may be answered."""
    if not _is_question(draft):
        return 0
    taken = throttle.take(_KIND, str(by.pk))
    if taken.newly:
        note(Act.EXISTS_THROTTLED, by=by.pk, about=f"account:{by.pk}", result="refused", seconds=taken.wait)
    return taken.wait


def refuse(draft: Draft, wait: int, *, by_tablet: bool) -> HttpResponse | None:
    """A tablet keeps the form and hands it in later; a page says how long, by the draft."""
    if by_tablet:
        answer = JsonResponse({"ok": False, "id": str(draft.entry_id), "reason": "wait"}, status=429)
        answer["Retry-After"] = str(wait)
        return answer
    with translation.override("zh-hans"):
        zh = throttle.said(wait)
    with translation.override("en"):
        en = throttle.said(wait)
    draft.refusals = [Refusal("id_number", "asked_too_often", zh, en, "", "")]
    return None


def learned(draft: Draft, entered: Entered | None, *, by: User, tried: bool) -> None:
    """Gives the question back where somebody was entered, or where the answer told of nobody else."""
    told = any(one.code in _TELLING for one in draft.refusals)
    if _is_question(draft) and not told and not (entered is not None and tried):
        throttle.give_back(_KIND, str(by.pk))


def _is_question(draft: Draft) -> bool:
    asks = draft.kind == "resident" and draft.action in {Action.CREATE, Action.CORRECT}
    return asks and bool(draft.values.get("id_number"))
