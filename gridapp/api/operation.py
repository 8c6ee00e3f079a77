"""One operation of the API: a function view of one method, documented with everything it may answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from gridapp.org.models import ApiToken, Scope

from . import once, pace, problems
from .problems import MEDIA_TYPE, Problem
from .shapes import ProblemSerializer

View = Callable[..., HttpResponse]
Exposed = Callable[..., HttpResponseBase]

ALWAYS = (400, 401, 403, 405, 406, 429, 500, 503)
_UNSAFE = (409, 422)
_PACE = "gridapp.api.pace"
_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[!-~]{1,255}$"},
    location=OpenApiParameter.HEADER,
    description=_("同一个键再次提交时得到同一个回答，保留 24 小时"),
)
_UNCHANGED = OpenApiResponse(description="If-None-Match")


class JsonOnly(DefaultContentNegotiation):
    """Answers are JSON: `?format=` is a parameter like any other that nobody knows."""

    settings: Any = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


def operation(
    method: str,
    *,
    id: str,
    summary: str | Promise,
    scope: Scope,
    answers: Mapping[int, type[BaseSerializer[Any]]],
    problems: Iterable[int] = (),
    request: type[BaseSerializer[Any]] | None = None,
    parser: type[BaseParser] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
    examples: Iterable[OpenApiExample] = (),
    reads: bool = False,
) -> Callable[[View], Exposed]:
    """Exposes a view to tokens with `scope`; the role the view asks itself. `parser`: what reads a body of no JSON.

    `reads`: a POST that writes nothing: what it asks for must not stand in an address. GET reads anyway.
    """
    reads, parameters = reads or method == "GET", list(parameters)
    documented = extend_schema(
        operation_id=id,
        summary=summary,
        description=f"scope: `{scope.value}`",
        extensions={"x-scope": scope.value},
        tags=["v1"],
        request=request,
        responses={**answers, **_otherwise(problems, reads=reads), **({304: _UNCHANGED} if method == "GET" else {})},
        parameters=parameters if reads else [*parameters, _KEY],
        examples=list(examples),
    )

    def expose(view: View) -> Exposed:
        answering = documented(api_view([method])(_asked(view, scope, {one.name for one in parameters}, reads=reads)))
        # No OPTIONS: it would tell about views. HEAD is GET without the body.
        answering.cls.http_method_names = ["get", "head"] if method == "GET" else [method.lower()]
        answering.cls.content_negotiation_class = JsonOnly
        if parser is not None:
            answering.cls.parser_classes = [parser]
        # Answers hold people's data: nothing between us and the client may keep them.
        exposed: Exposed = never_cache(_outside(answering))
        exposed.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie is looked at
        return exposed

    return expose


def _otherwise(problems: Iterable[int], *, reads: bool) -> dict[Any, Any]:
    """What else may be answered: problems."""
    codes = sorted({*ALWAYS, *problems, *(() if reads else _UNSAFE)})
    return {(code, MEDIA_TYPE): ProblemSerializer for code in codes}


def _asked(view: View, scope: Scope, known: set[str], *, reads: bool) -> View:
    """The view behind what is asked of every request: pace, the token's scope, no parameter that nobody knows."""

    @wraps(view)
    def answer(request: Request, **named: Any) -> HttpResponse:
        token = request.auth
        if isinstance(token, ApiToken):
            request.META[_PACE] = pace.admit(token.pk)
            if scope not in token.scopes:
                raise Problem("scope", scope=scope.value)
        if unknown := sorted(set(request.query_params) - known):
            raise Problem("unknown_parameter", unknown[0][:64], expected=", ".join(sorted(known)) or "–")
        if any(len(values) > 1 for _name, values in request.query_params.lists()):
            raise Problem("repeated_parameter")
        run = partial(view, request, **named)
        return run() if reads else once.answer(request, run)

    return answer


def _outside(answering: Callable[..., HttpResponseBase]) -> Exposed:
    """Turns strangers away who come too often, and tells what an answer's headers tell."""

    @wraps(answering)
    def answer(request: HttpRequest, **named: Any) -> HttpResponseBase:
        if wait := pace.waits(request.META):
            refused = problems.answer("throttled", wait=wait)
            refused["Retry-After"] = str(wait)
            return refused
        answered: Any = answering(request, **named)
        if answered.status_code == 401:
            pace.stranger(request.META)
        for name, value in request.META.get(_PACE, {}).items():
            answered[name] = value
        return _unless_known(request, answered)

    return answer


def _unless_known(request: HttpRequest, answered: Any) -> HttpResponseBase:
    """304 instead of an answer that the client has: a digest of what it says is its tag."""
    if answered.status_code != 200 or request.method not in {"GET", "HEAD"}:
        return answered  # type: ignore[no-any-return]
    answered.render()
    answered["ETag"] = etag = f'"{hashlib.sha256(answered.content).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag, response=answered)
    return unchanged or answered
