"""A file that a department asked for when it returned a record. Pages add one through the same function."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp import uploads
from gridapp.delivery import standing
from gridapp.delivery.supplement import supplement
from gridapp.org import scope
from gridapp.org.models import Scope
from gridapp.registry.attachments import Added
from gridapp.registry.refusals import Refused, refusal

from .callers import caller
from .operation import operation
from .problems import Problem
from .requests import AttachmentRequestSerializer
from .shapes import AttachmentSerializer


@operation(
    "POST",
    id="supplement",
    scope=Scope.ENTRIES_WRITE,
    summary=_("为被退回要求补正的档案补一个文件：新文件为 201,同一文件再次提交为 200"),
    request=AttachmentRequestSerializer,
    parser=MultiPartParser,
    answers={200: AttachmentSerializer, 201: AttachmentSerializer},
    problems=(400, 403, 404, 415, 422),
)
def add(request: Request, record_id: UUID) -> Response:
    by = caller(request)
    if not scope.may_enter(by):
        raise PermissionDenied
    added = supplement(record_id, _name(request), uploads.read(request, "file"), by=by)
    return Response(AttachmentSerializer(_answer(added)).data, status=201 if added.is_new else 200)


def _name(request: Request) -> str:
    """The attachment's name. Raises Problem or Refused."""
    if not (request.content_type or "").lower().startswith("multipart/form-data"):
        raise Problem("not_multipart")
    if unknown := sorted({*request.POST, *request.FILES} - {"name", "file"}):
        raise Refused([refusal(key[:64], "unknown_field") for key in unknown])
    return request.POST.get("name", "").replace("\0", "")[:64]


def _answer(added: Added) -> dict[str, object]:
    kept = added.attachment
    return {
        "record": added.record.id,
        "version": added.record.version,
        "name": kept.name,
        "media_type": kept.media_type,
        "size": kept.size,
        "sha256": kept.sha256,
        "added_at": kept.added_at,
        "deliveries": standing.of(added.record),
    }
