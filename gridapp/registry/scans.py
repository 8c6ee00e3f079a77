"""Whether a file is an attachment that may be kept and handed on: judged by its content, not by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from gridapp.dictionary import ATTACHMENTS, Refusal
from gridapp.dictionary.attachments import LARGEST

from . import jpeg
from .refusals import Refused

_PDF_END = 2048
"""Bytes at the end of a PDF in which its %%EOF stands; scanners add a few blanks."""
# What no scanned page has: things that run, open or carry something else. Best effort, since a PDF may pack them.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
_LOCKED = re.compile(rb"/Encrypt\b")

_WORDING: dict[str, tuple[str, str, str, str]] = {
    "unknown_attachment": (
        "没有“{label}”这种附件",
        "There is no attachment “{label}”",
        "附件名称见接口说明",
        "The interface description has the names",
    ),
    "not_asked_for": (
        "目前没有系统要求补“{label}”",
        "No department asks for “{label}” now",
        "只有被退回要求补正时才上传附件",
        "An attachment is added where a record was returned for want of it",
    ),
    "photo_missing": (
        "“{label}”的照片没有传上来",
        "The photo for “{label}” did not arrive",
        "请打开档案，再拍一次，再上传",
        "Open the record, take it again and send it",
    ),
    "no_file": ("没有选择“{label}”的文件", "No file was chosen for “{label}”", "请选择文件后再上传", "Choose a file"),
    "file_too_large": (
        "“{label}”的文件超过{most}MB",
        "The file for “{label}” is larger than {most} MB",
        "请降低扫描分辨率，或只扫描需要的一页",
        "Scan at a lower resolution, or only the page that is asked for",
    ),
    "file_type": (
        "“{label}”的文件不是PDF，也不是JPEG图片",
        "The file for “{label}” is neither a PDF nor a JPEG",
        "请另存为PDF或JPG后再上传，只改文件名没有用",
        "Save it as PDF or JPG; another name alone does not help",
    ),
    "file_broken": (
        "“{label}”的文件不完整，打不开",
        "The file for “{label}” is not complete",
        "请重新拍照或扫描后再上传",
        "Take the photo or scan it again",
    ),
    "file_active": (
        "“{label}”的PDF带有脚本或内嵌文件",
        "The PDF for “{label}” carries a script or another file",
        "请打印后重新扫描，或改用照片",
        "Print and scan it, or take a photo",
    ),
    "file_locked": (
        "“{label}”的PDF设有密码",
        "The PDF for “{label}” is protected with a password",
        "请取消密码后再上传，或改用照片",
        "Take the password off, or take a photo",
    ),
}


@dataclass(frozen=True, slots=True)
class Scan:
    """What is kept of a file."""

    media_type: str
    content: bytes


def read(name: str, content: bytes | None) -> Scan:
    """A PDF as it is, a JPEG without what the camera wrote beside the picture. Raises Refused on `name`.

    None: a file so large that it was not even read.
    """
    if content is None or len(content) > LARGEST:
        refuse(name, "file_too_large")
    if not content:
        refuse(name, "no_file")
    if content.startswith(b"%PDF-"):
        return Scan("application/pdf", _pdf(name, content))
    if not content.startswith(b"\xff\xd8\xff"):
        refuse(name, "file_type")
    try:
        return Scan("image/jpeg", jpeg.stripped(content))
    except ValueError:
        refuse(name, "file_broken")


def refuse(name: str, code: str) -> NoReturn:
    """Raises Refused with one refusal in the words above."""
    kind = ATTACHMENTS.get(name)
    labels = (kind.label("zh"), kind.label("en")) if kind else (name[:64], name[:64])
    most = LARGEST // (1024 * 1024)
    texts = [text.format(label=labels[place % 2], most=most) for place, text in enumerate(_WORDING[code])]
    raise Refused([Refusal(name[:64], code, *texts)])


def _pdf(name: str, content: bytes) -> bytes:
    if b"%%EOF" not in content[-_PDF_END:]:
        refuse(name, "file_broken")
    if _LOCKED.search(content):
        refuse(name, "file_locked")
    if _ACTIVE.search(content):
        refuse(name, "file_active")
    return content
