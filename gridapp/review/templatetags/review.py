"""What templates of these pages say in one word: an act, what became of rows, how much a field is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from gridapp.catalogue.wording import name_of
from gridapp.delivery.standing import words_of
from gridapp.review import wording
from gridapp.review.opening import language

register = template.Library()
register.filter("counted", wording.counted)
register.filter("act_word", lambda act: wording.ACTS.get(act, act))
register.filter("outcome_word", lambda word: wording.CAME_OF_IT.get(word, word))
register.filter("pace", wording.pace)
register.filter("needed_word", lambda needed: wording.NEEDED.get(needed, needed))
register.filter("system_word", lambda system: name_of(f"mapped.{system}", language()))
register.filter("area_word", lambda area: (area.name_en or area.name) if language() == "en" else area.name)
register.filter("their_code", lambda code: "" if words_of(code) else code)
register.filter("way_word", wording.way)
register.filter("trouble_word", lambda trouble: wording.TROUBLES.get(trouble, trouble))


@register.filter
def at(mapping: Mapping[str, Any] | None, name: str) -> Any:
    """What stands under a name, "" for nothing; also where there is no mapping at all."""
    return mapping.get(name, "") if mapping else ""
