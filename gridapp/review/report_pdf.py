"""The report as PDF: the page's own tables, laid out for A4 by WeasyPrint, which needs the library Pango of the system.

Where Pango is missing everything else works, and whoever asks is told what to install.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html

logger = logging.getLogger(__name__)

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
"""What Debian calls that which has to be installed; the last one are letters for Chinese."""
_DRAWING = """
text { font-size: 15px; fill: #333; } .end { text-anchor: end; } .middle { text-anchor: middle; } line { stroke: #bbb; }
.bar-1 { fill: #0b57a4; } .bar-2 { fill: none; stroke: #b3261e; stroke-width: 2; }
"""  # WeasyPrint gives a drawing no other style than the one inside it
_one_at_a_time = threading.Lock()  # a second or two of a core each, and letters of 20 MB in memory


class Unavailable(Exception):
    """No PDF can be made on this machine."""


def is_available() -> bool:
    """Whether PDFs can be made here."""
    return _printer() is not None


def made(shown: Mapping[str, Any]) -> bytes:
    """The PDF of what report_tables.shown gave, in the language that is active. Raises Unavailable."""
    page = {**shown, "drawing_style": format_html("<style>{}</style>", _DRAWING)}
    return printed(render_to_string("review/report_print.html", page), style="report_print.css")


def printed(page: str, *, style: str) -> bytes:
    """A page of ours as PDF. `style`: its style sheet, a file beside the templates. Raises Unavailable."""
    printer = _printer()
    if printer is None:
        raise Unavailable
    sheet_text = (settings.BASE_DIR / "templates" / "review" / style).read_text()
    with _one_at_a_time:
        # Nothing is fetched: all that is printed stands in the page itself.
        closed = printer.urls.URLFetcher(allowed_protocols=())
        sheet = printer.CSS(string=sheet_text, url_fetcher=closed)
        made: bytes = printer.HTML(string=page, url_fetcher=closed).write_pdf(stylesheets=[sheet])
    return made


@cache
def _printer() -> Any:
    """WeasyPrint, loaded when it is wanted first: it takes a second; None where its libraries are missing."""
    try:
        import weasyprint  # type: ignore[import-untyped] # has no stubs
    except (ImportError, OSError) as error:
        logger.warning("no PDF can be made here (%s): install %s", type(error).__name__, PACKAGES)
        return None
    return weasyprint
