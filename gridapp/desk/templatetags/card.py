"""The button that photographs an identity card, where a process that reads cards is set up."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("desk/card.html")
def card_reader(kind: str) -> dict[str, Any]:
    """`kind`: of the form; only people have identity cards."""
    return {"is_offered": bool(settings.CARD_READER) and kind == "resident"}
