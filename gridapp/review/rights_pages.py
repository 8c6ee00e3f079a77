"""权利请求: the desk for what residents ask of us: lodged, decided in time, answered on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.delivery import deleting, restricting
from gridapp.org.access import deciding, entering, reading, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import User
from gridapp.registry import rights
from gridapp.registry.models import RightsRequest, Tombstone
from gridapp.registry.rights import LAWS, Decision, Wish
from gridapp.review import disclosure_words, paper, report_pdf, rights_words
from gridapp.review.dear import dear
from gridapp.review.disclosure_pages import found
from gridapp.review.opening import page_of

_LISTED = 30


@reading
def listed(request: HttpRequest) -> HttpResponse:
    """What waits, due first; or what was answered."""
    user, on = user_of(request), timezone.localdate()
    seen, which = rights.seen_by(user), request.GET.get("which", "")
    rows = page_of(request, rights.ended(seen) if which == "ended" else rights.waiting(seen), size=_LISTED)
    lines = [(row, rights.urgency(row, on)) for row in rows]
    page = {"rows": rows, "lines": lines, "which": which, "tally": rights.tally(seen, on=on)}
    page["days"] = settings.RIGHTS_DAYS
    return render(request, "review/rights.html", page)


@entering
def lodge(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """For a resident who stands there and has shown who they are."""
    user, record = user_of(request), found(record_id, user_of(request))
    page: dict[str, Any] = {"record": record, "fresh_id": uuid4(), "longest": rights.LONGEST}
    page |= {"kinds": rights.kinds_of(record), "seens": rights.SEEN, "wrong": []}
    if request.method == "POST":
        wish = _wish(request.POST)
        page |= {"wish": wish, "wrong": wish.lacks(record) + ([] if "checked" in request.POST else ["checked"])}
        if not page["wrong"]:
            made = rights.lodge(_id_of(request.POST), record, wish, by=user)
            messages.success(request, _("已登记，编号 %(number)s。") % {"number": made.number}, extra_tags="good")
            return redirect("review:right", made.pk)
    return render(request, "review/right_new.html", page, status=422 if page["wrong"] else 200)


@reading
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    user = user_of(request)
    return render(request, "review/right.html", _page(_found(request_id, user), user))


@deciding
@require_POST
@freshly_signed_in
def act(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """办结, 不予办理, 本人撤回; of a deletion the second person's 同意 or 退回; of a restriction 解除."""
    user, said = user_of(request), request.POST.get("act", "")
    row = _found(request_id, user)
    if said in {"agree", "disagree"}:
        return _told(request, row, deleting.agree(row, agrees=said == "agree", by=user))
    if said == "lift":
        return _told(request, row, restricting.lift(row, by=user))
    decision = _decision(request.POST)
    if wrong := decision.lacks(row):
        page = _page(row, user) | {"wrong": wrong, "decision": decision}
        return render(request, "review/right.html", page, status=422)
    return _told(request, row, restricting.decide(row, decision, by=user))


@reading
@dear
def printed(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The answer for the resident as PDF in both languages."""
    user = user_of(request)
    row = _found(request_id, user)
    if not report_pdf.is_available():
        return redirect("review:right", row.pk)
    note(Act.RIGHT_ANSWERED, by=user.pk, about=f"record:{row.record_id}", request=str(row.pk), form="paper")
    content = paper.made("review/right_paper.html", lambda: _paper(row), title=_("权利请求答复"))
    return paper.answer(content, name=f"answer-{row.number}.pdf")


@deciding
@require_POST
@freshly_signed_in
def copy(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The person's own data as JSON, for them to take along."""
    user = user_of(request)
    row = _found(request_id, user)
    if not rights_words.shown(row).hands_out or not rights.decides(user, row):
        raise Http404
    note(Act.RIGHT_ANSWERED, by=user.pk, about=f"record:{row.record_id}", request=str(row.pk), form="copy")
    response = JsonResponse(rights_words.copy(row), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="copy-{row.number}.json"'
    return response


def _found(request_id: UUID, by: User) -> RightsRequest:
    row = rights.seen_by(by).filter(pk=request_id).first()
    if row is None:
        raise Http404
    return row


def _page(row: RightsRequest, user: User) -> dict[str, Any]:
    decides = rights.decides(user, row) and row.status == rights.Status.LODGED
    return {
        "shown": rights_words.shown(row),
        "row": row,
        "decides": decides,
        "may_agree": rights.may_agree(user, row),
        "may_lift": rights.may_lift(user, row),
        "may_copy": rights.decides(user, row),
        "laws": list(LAWS.items()),
        "grounds": Tombstone.Why.choices,
        "correction": rights.correction(row) if row.kind == rights.Kind.CORRECT else None,
        "can_print": report_pdf.is_available(),
        "longest": rights.LONGEST,
        "wrong": [],
    }


def _paper(row: RightsRequest) -> dict[str, Any]:
    shown = rights_words.shown(row)
    return {"shown": shown, "row": row, "ledger": disclosure_words.ledger(row.record) if shown.hands_out else None}


def _told(request: HttpRequest, row: RightsRequest, done: bool) -> HttpResponse:
    if done:
        messages.success(request, _("已记下。"), extra_tags="good")
    else:
        messages.warning(request, _("没有记下：不由您办理、已经有人办过，或法律规定必须保存。"), extra_tags="warn")
    return redirect("review:right", row.pk)


def _wish(post: QueryDict) -> Wish:
    return Wish(post.get("kind", ""), post.get("seen", ""), _text(post, "text"), _text(post, "contact"))


def _decision(post: QueryDict) -> Decision:
    return Decision(post.get("act", ""), _text(post, "reason"), post.get("law", ""), post.get("ground", ""))


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\0", "").strip()


def _id_of(post: QueryDict) -> UUID:
    try:
        return UUID(post.get("request_id", ""))
    except ValueError:
        return uuid4()
