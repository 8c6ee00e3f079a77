"""Holds every answer that a test gets to what the interface description says of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.test import APIClient


class DescribedClient(APIClient):
    """An API client that fails the test when an answer is not one that is described."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        conforms(answer)
        return answer


def conforms(answer: Any) -> None:
    """Fails unless operation, status, content type and body of this answer are as described."""
    route = re.sub(r"<[a-z]+:([a-z_]+)>", r"{\1}", f"/{answer.resolver_match.route}")
    if route in {"/api/", "/api/schema/"}:
        return
    operations = described()["paths"][route]
    method = answer.wsgi_request.method.lower().replace("head", "get")
    # A method that the address does not take is answered like any other operation of it.
    operation = operations.get(method) or next(iter(operations.values()))
    content = operation["responses"][str(answer.status_code)].get("content", {})
    if answer.status_code == 304:
        assert answer.content == b""
        return
    media_type = answer["Content-Type"].partition(";")[0]
    assert media_type in content, f"{answer.status_code} as {media_type} is not described"
    if answer.content:
        schema = {**content[media_type]["schema"], "components": described()["components"]}
        errors = [f"{one.json_path}: {one.message}" for one in Draft202012Validator(schema).iter_errors(answer.json())]
        assert errors == []


@cache
def described() -> dict[str, Any]:
    """The interface description, with OpenAPI's `nullable` said as JSON Schema says it."""
    whole: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    translated: dict[str, Any] = _translated(whole)
    return translated


def _translated(part: Any) -> Any:
    if isinstance(part, list):
        return [_translated(one) for one in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _translated(value) for key, value in part.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if part.get("nullable") is True else plain
