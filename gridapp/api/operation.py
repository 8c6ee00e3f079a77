"""One operation of the API: a function view of one method, documented with everything it may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import HttpResponseBase
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from .problems import MEDIA_TYPE
from .shapes import ProblemSerializer

View = Callable[..., Response]
Exposed = Callable[..., HttpResponseBase]

ALWAYS = (401, 405, 406, 500, 503)


def operation(
    method: str,
    *,
    id: str,
    summary: str | Promise,
    answers: Mapping[int, type[BaseSerializer[Any]]],
    problems: Iterable[int] = (),
    request: type[BaseSerializer[Any]] | None = None,
    parser: type[BaseParser] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
    examples: Iterable[OpenApiExample] = (),
) -> Callable[[View], Exposed]:
    """Exposes a view. Answers hold people's data: nothing between us and the client may keep them.

    `parser`: what reads the body where it is no JSON.
    """
    refused = {(status, MEDIA_TYPE): ProblemSerializer for status in sorted({*ALWAYS, *problems})}
    documented = extend_schema(
        operation_id=id,
        summary=summary,
        tags=["v1"],
        request=request,
        responses={**answers, **refused},
        parameters=list(parameters),
        examples=list(examples),
    )

    def expose(view: View) -> Exposed:
        answering = documented(api_view([method])(view))
        # No OPTIONS: it would tell about views. HEAD is GET without the body.
        answering.cls.http_method_names = ["get", "head"] if method == "GET" else [method.lower()]
        if parser is not None:
            answering.cls.parser_classes = [parser]
        exposed: Exposed = never_cache(answering)
        return exposed

    return expose
