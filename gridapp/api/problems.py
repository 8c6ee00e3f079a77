"""Every error of the API as a problem document (RFC 9457): what is wrong with which field, and what to do about it.

The words live in wording.json, both languages side by side. Values are never repeated: answers reach logs.
"""

from __future__ import annotations

import json
import logging
import traceback
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.response import Response

from gridapp.dictionary import Refusal
from gridapp.registry.refusals import OutOfScope, Refused, SameIdOtherContent

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Token realm="gridapp", Bearer realm="gridapp"'
RETRY_AFTER = 5
"""Seconds until a client should try again when the database is away."""

_WORDING: Mapping[str, list[Any]] = json.loads((Path(__file__).parent / "wording.json").read_text(encoding="utf-8"))
CODES = tuple(_WORDING)

_CODE_OF: tuple[tuple[type[Exception], str], ...] = (
    (OutOfScope, "not_found"),
    (Http404, "not_found"),
    (exceptions.NotFound, "not_found"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "bad_token"),
    (PermissionDenied, "role"),
    (exceptions.PermissionDenied, "role"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "throttled"),
    (exceptions.ParseError, "malformed"),
    (exceptions.ValidationError, "malformed"),
    (OperationalError, "busy"),
    (InterfaceError, "busy"),
)


class Problem(Exception):
    """Something wrong with a request that the API itself finds. `code` is a key of wording.json."""

    def __init__(self, code: str, field: str = "", **words: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.words = words


def handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an exception of a view; Django REST framework calls it for each."""
    match error:
        case Problem():
            told = {"unauthorized": {"WWW-Authenticate": CHALLENGE}, "wait": {"Retry-After": "1"}}
            problem = document(error.code, error.field, words=error.words)
            kind = "unauthorized" if problem["status"] == 401 else "wait" if error.code == "under_way" else ""
            return _respond(problem, told.get(kind))
        case Refused():
            return _respond(document("refused", errors=error.refusals, words={"count": len(error.refusals)}))
        case SameIdOtherContent():
            return _respond(document("same_id_other_content", "id"))
    code = next((code for kind, code in _CODE_OF if isinstance(error, kind)), "unexpected")
    if code in {"unexpected", "busy"}:
        return _failed(error, code)
    words = {"method": context["request"].method, "wait": _wait(error)}
    return _respond(document(code, words=words), _headers(error))


def document(
    code: str, field: str = "", *, errors: Iterable[Refusal] = (), words: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The problem as JSON, in the language of the request with both beside it. Without `errors` it is its own one."""
    status, zh, en, remedy_zh, remedy_en = _WORDING[code]
    texts = [text.format(field=field, **(words or {})) for text in (zh, en, remedy_zh, remedy_en)]
    whole = Refusal(field, code, *texts)
    language = get_language() or ""
    return {
        "type": f"urn:gridapp:problem:{code}",
        "title": _encodable(whole.reason(language)),
        "status": status,
        "detail": _encodable(whole.remedy(language)),
        "errors": [_error(one, language) for one in tuple(errors) or (whole,)],
    }


def nowhere(request: HttpRequest, **_: object) -> JsonResponse:
    """The answer of every address under the API that does not exist."""
    return answer("not_found")


def answer(code: str, **words: object) -> JsonResponse:
    """The problem of a view that is none of Django REST framework's."""
    problem = document(code, words=words)
    readable = {"ensure_ascii": False}
    return JsonResponse(problem, status=problem["status"], content_type=MEDIA_TYPE, json_dumps_params=readable)


def _error(one: Refusal, language: str) -> dict[str, str]:
    words = {
        "field": one.field,
        "code": one.code,
        "message": one.reason(language),
        "message_zh": one.zh,
        "message_en": one.en,
        "remedy": one.remedy(language),
        "remedy_zh": one.remedy_zh,
        "remedy_en": one.remedy_en,
    }
    return {name: _encodable(text) for name, text in words.items()}


def _encodable(text: str) -> str:
    """A client's own key may hold half of a surrogate pair, which no answer can carry as it is."""
    return text.encode("utf-8", "backslashreplace").decode()


def _failed(error: Exception, code: str) -> Response:
    instance = uuid.uuid4().urn
    # Where, not what: messages of the database and of parsers quote the values they stumbled over.
    steps = traceback.extract_tb(error.__traceback__)
    path = " < ".join(f"{step.filename}:{step.lineno} {step.name}" for step in reversed(steps[-8:]))
    logger.error("%s %s at %s", instance, type(error).__name__, path)
    headers = {"Retry-After": str(RETRY_AFTER)} if code == "busy" else {}
    return _respond({**document(code), "instance": instance}, headers)


def _headers(error: Exception) -> dict[str, str]:
    challenge = getattr(error, "auth_header", None)
    wait = _wait(error)
    return {
        **({"WWW-Authenticate": challenge} if challenge else {}),
        **({"Retry-After": str(wait)} if wait else {}),
    }


def _wait(error: Exception) -> int:
    return int(getattr(error, "wait", None) or 0)


def _respond(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(problem, status=problem["status"], headers=dict(headers or {}), content_type=MEDIA_TYPE)
