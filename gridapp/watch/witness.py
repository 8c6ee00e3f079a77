"""What every request leaves in the audit where its own steps noted nothing: who changed, looked, searched, was refused.

The steps that matter most note themselves, in their transaction and with what they know. This is the net below them: an
address that is added tomorrow is noted without anybody thinking of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseProblem
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.audit.origin import Origin

logger = logging.getLogger(__name__)

LOOKS: Mapping[str, Act] = {
    "desk:record": Act.RECORD_SEEN,
    "api:record": Act.RECORD_SEEN,
    "api:changes": Act.SEARCHED,
    "api:preview": Act.PREVIEWED,
    "review:preview": Act.PREVIEWED,
    "review:card": Act.CARD_OPENED,
    "review:history": Act.HISTORY_SEEN,
    "review:picture": Act.PICTURE_SEEN,
    "review:fetch": Act.WORKBOOK_FETCHED,
    "review:objection": Act.RECORD_SEEN,
}
"""What shows people by being opened, by the name of its address."""
POSTED: Mapping[str, Act] = {
    "desk:search": Act.SEARCHED,
    "review:search": Act.SEARCHED,
    "api:search": Act.SEARCHED,
    "review:preview": Act.PREVIEWED,
    "desk:scan": Act.SEARCHED,
    "review:decide": Act.DOUBT_DECIDED,
    "review:lane_act": Act.LANE_ACTED,
    "review:ledger_act": Act.LEDGER_ACTED,
    "review:ledger_row": Act.LEDGER_ACTED,
}
"""What is posted by a name that says more; what is searched for does not stand in an address."""
SILENT = frozenset({
    "set_language",
    "desk:login",  # who signs in and out is noted where it is decided
    "desk:logout",
    "desk:diag_report",  # what a tablet found out about itself
    "desk:check",  # a form is judged while it is filled in: nothing is kept, nothing is shown that was not typed
    "desk:card",  # a photo of a card becomes values of a form in the same hands
    "desk:employers",  # names of companies
    "review:accounts",  # names of staff, as the list shows them unasked
})  # fmt: skip
"""What changes nothing and shows nobody."""
_KINDS = {
    "record_id": "record", "entry_id": "entry", "export_id": "export", "objection_id": "objection",
    "ledger_id": "ledger", "delivery_id": "delivery", "sheet_id": "workbook", "picture_id": "picture",
    "user_id": "account", "device_id": "tablet", "suggestion_id": "suggestion", "run_id": "redrawing",
    "code": "area", "key": "target",
}  # fmt: skip
"""Of what is in an address, the first that it has is what it is about."""
_CODE = re.compile(r"[A-Z][A-Z0-9_-]{0,31}|\d{2,15}")
_WORD = re.compile(r"[a-z_]{1,24}")


def witness(request: HttpRequest, response: HttpResponseBase, here: Origin) -> None:
    """Notes what became of the request, unless what it did was noted already."""
    match = request.resolver_match
    act = _act(request, response.status_code, match) if match else None
    if match is None or act is None:
        return
    result = _result(response.status_code)
    if any(result == noted or result == "failed" for _act_, noted in here.noted):
        return
    user = getattr(request, "user", None)
    by = user.pk if user is not None and user.is_authenticated else None
    if by is None and act != Act.CALL_REFUSED:
        return
    told: dict[str, str | int] = {"route": match.view_name[:64], "status": response.status_code}
    # Only what was read by now: reading what the view left alone could fail, or take its time
    posted = request.__dict__.get("_post") or {}
    if _WORD.fullmatch(said := str(posted.get("act", ""))):
        told["did"] = said
    try:
        note(act, by=by, about=_about(match.kwargs), result=result, **told)
    except DatabaseProblem as error:
        logger.error("a request was not noted: %s", type(error).__name__)


def _act(request: HttpRequest, status: int, match: ResolverMatch) -> Act | None:
    """None where there is nothing to be noted."""
    name, changes = match.view_name, request.method not in {"GET", "HEAD", "OPTIONS", "TRACE"}
    if name == "callback":
        return Act.CALL_REFUSED if status in {401, 403} else None
    if status in {403, 404}:
        return Act.TURNED_AWAY
    if changes:
        return None if name in SILENT else POSTED.get(name, Act.DID)
    return LOOKS.get(name) if status == 200 else None


def _result(status: int) -> str:
    if status in {401, 403, 404}:
        return "refused"
    return "done" if status < 400 else "failed"


def _about(kwargs: Mapping[str, Any]) -> str:
    """Nothing that somebody may have typed: ids, codes and keys as we give them."""
    for name, kind in _KINDS.items():
        value = kwargs.get(name)
        if isinstance(value, UUID | int) or (isinstance(value, str) and _CODE.fullmatch(value)):
            return f"{kind}:{value}"
    return ""
