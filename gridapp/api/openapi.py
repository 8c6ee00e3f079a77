"""The interface description itself, OpenAPI 3, in the language of the request. Open to everybody: it holds no data."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    metadata_class,
    permission_classes,
    renderer_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

_RENDERERS = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]


@extend_schema(exclude=True)
@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
@metadata_class(None)
@renderer_classes(_RENDERERS)
def schema(request: Request) -> Response:
    return Response(_schema(get_language() or ""))


@cache
def _schema(language: str) -> dict[str, Any]:
    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described
