"""What a worker is told: refusals that block, doubts that ask once. The words live in data/wording.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .fields import FIELDS
from .tables import load


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a value is not taken: `field` ("" for the whole form), a stable `code`, the reason and what to do about it.

    Never repeats the value: these texts reach logs and answers.
    """

    field: str
    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    def reason(self, lang: str = "zh") -> str:
        return self.en if lang.startswith("en") else self.zh

    def remedy(self, lang: str = "zh") -> str:
        return self.remedy_en if lang.startswith("en") else self.remedy_zh


@dataclass(frozen=True, slots=True)
class Doubt(Refusal):
    """A value that is taken but looks wrong: asked once, never blocking."""


class Refused(Exception):
    """Raised by a rule for one value; `validate` turns it into a Refusal. `key` names the wording."""

    def __init__(self, key: str, **words: Any) -> None:
        super().__init__(key)
        self.key = key
        self.words = words


_WORDING: dict[str, dict[str, list[str]]] = load("wording.json")


def refusal(field: str, key: str, **words: Any) -> Refusal:
    """The refusal worded as `key` for a field. A key may be `code/variant`; callers see only the code."""
    return Refusal(field, key.partition("/")[0], *_worded("refusals", field, key, words))


def doubt(field: str, key: str, **words: Any) -> Doubt:
    return Doubt(field, key, *_worded("doubts", field, key, words))


def _worded(group: str, field: str, key: str, words: dict[str, Any]) -> list[str]:
    known, other = FIELDS.get(field), FIELDS.get(words.pop("other", ""))
    texts = []
    for place, text in enumerate(_WORDING[group][key]):
        lang = ("zh", "en")[place % 2]
        said = {"label": known.label(lang) if known else field, "other": other.label(lang) if other else ""}
        texts.append(text.format(**said, **words))
    return texts
