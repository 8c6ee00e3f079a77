"""A paper for a resident, Chinese first and English behind it, as PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import content_disposition_header

from gridapp.review import report_pdf


def made(template: str, gather: Callable[[], dict[str, Any]], *, title: str) -> bytes:
    """The PDF of a template in both languages. Raises report_pdf.Unavailable.

    `gather`: what it shows, asked for in each language.
    """
    parts = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            spoken = "zh-CN" if code.startswith("zh") else code
            parts.append({"language": spoken, "body": render_to_string(template, gather())})
    page = render_to_string("review/paper_print.html", {"title": title, "parts": parts})
    return report_pdf.printed(page, style="paper_print.css")


def answer(content: bytes, *, name: str, media: str = "application/pdf") -> HttpResponse:
    """A file to be kept. `name`: without anything of its content."""
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
