"""A photo of an identity card becomes suggestions for the form. Nothing of it is kept, nothing is saved by itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gridapp import dictionary, uploads
from gridapp.desk import form_page, questions
from gridapp.dictionary.refusals import refusal
from gridapp.ocr import asking
from gridapp.ocr.asking import Away, Busy
from gridapp.ocr.card import BIRTH_DISAGREES, BIRTH_UNREAD, SEX_DISAGREES, UNREAD, Reading, Unread, Value
from gridapp.ocr.engine import NotAPicture
from gridapp.org.access import entering

LARGEST = 5 * 1024 * 1024

WHY: dict[str, str | Promise] = {
    UNREAD: _("没有读清，请对照证件填写"),
    BIRTH_UNREAD: _("卡上的出生日期没有读清，号码无法核对，请对照证件输入"),
    BIRTH_DISAGREES: _("读出的号码与卡上的出生日期对不上，请对照证件输入"),
    SEX_DISAGREES: _("读出的号码与卡上的性别对不上，请对照证件输入"),
}
_NO_CARD = _("照片上没有看到身份证。请把有照片的一面横着拍满，避开反光，再拍一张")
_NO_PICTURE = _("这不是照片，或照片已损坏，请再拍一张")
_TOO_LARGE = _("照片太大，请调低相机的分辨率再拍")
_BUSY = _("别人正在读卡，请过几秒再拍一次，或者直接填写")
_AWAY = _("现在读不了身份证，请直接填写，不影响保存")


@entering
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """JSON: `fields` by name with value, words and crop; `refused` by name with why and crop; or `said` alone."""
    if not settings.CARD_READER:
        raise Http404
    picture = uploads.read(request, "image")
    if picture is None or len(picture) > LARGEST:
        return _said(_TOO_LARGE, 413)
    try:
        reading = asking.ask(picture)
    except NotAPicture:
        return _said(_NO_PICTURE, 422)
    except Busy:
        return _said(_BUSY, 503)
    except Away:
        return _said(_AWAY, 503)
    return _shown(reading) if reading.values or reading.unread else _said(_NO_CARD, 422)


def _shown(reading: Reading) -> JsonResponse:
    fields = {name: _field(name, one) for name, one in reading.values.items()}
    return JsonResponse(
        {"fields": fields, "refused": {name: _refused(name, one) for name, one in reading.unread.items()}}
    )


def _field(name: str, one: Value) -> dict[str, Any]:
    """`value` is what the form's control takes, `shown` what a person compares with the picture."""
    defined = dictionary.field(name)
    value = shown = one.value
    if defined.type == "division":
        value = shown = f"{one.value} {''.join(dictionary.division_path(one.value))}"
    elif defined.table:
        shown = dictionary.table(defined.table).label(one.value, questions.language())
    return {"value": value, "shown": shown, "crop": asdict(one.crop), "confirmed": False}


def _refused(name: str, one: Unread) -> dict[str, Any]:
    why = WHY[one.code] if one.code in WHY else form_page.words(refusal(name, one.code))
    return {"why": str(why), "crop": asdict(one.crop) if one.crop else None}


def _said(words: str | Promise, status: int) -> JsonResponse:
    return JsonResponse({"said": str(words)}, status=status)
