"""The divisions of the worker's own province for a tablet to keep: names, how they are spelt, what became of them.

The whole country is larger than everything else that a tablet keeps; other provinces are looked up on the server.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from gridapp import dictionary
from gridapp.desk.divisions import syllables
from gridapp.dictionary import divisions


@require_safe
@gzip_page
@never_cache
def kept(request: HttpRequest) -> HttpResponse:
    """200 with the table, 304 where the tablet has it already (ETag), 401 when signed out."""
    if not request.user.is_authenticated:
        return JsonResponse({"ok": False, "reason": "signed_out"}, status=401)
    body, etag = _written(settings.HOME_CITY[:2], settings.PRACTICE)
    answer = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=answer) or answer


@lru_cache(maxsize=2)
def _written(province: str, practice: bool) -> tuple[bytes, str]:
    body = orjson.dumps(table(province, practice=practice))
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def table(province: str, *, practice: bool) -> dict[str, Any]:
    """`{"province", "rows": [[code, names, spellings, ended, successor, former names]]}`, by two digits of a code.

    `names` from the province down, `spellings` each in syllables; `ended` 0 and `successor` "" of a code of today.
    """
    codes = [code for code in divisions.COUNTIES if code.startswith(province)]
    codes += [divisions.PRACTICE] if practice and divisions.PRACTICE not in codes else []
    return {"province": divisions.PROVINCES.get(province, ""), "rows": [_row(code) for code in codes]}


def _row(code: str) -> list[Any]:
    parts = dictionary.division_path(code)
    ended, following = divisions.ended(code) or 0, divisions.successor(code) or ""
    return [code, parts, [" ".join(syllables(part)) for part in parts], ended, following, divisions.former_names(code)]
