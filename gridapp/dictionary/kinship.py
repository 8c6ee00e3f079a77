"""How somebody is probably related to the head of the household, by age and sex: offered, never stored by itself.

Codes of GB/T 4761.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

HEAD, SPOUSE, SON, DAUGHTER, GRANDCHILD, FATHER, MOTHER, SIBLING = "02", "10", "20", "30", "40", "51", "52", "70"
_GENERATION = 15  # years between parent and child, at least
_TWO_GENERATIONS = 36
_ADULT = 18
_MALE = "1"
Known = tuple[date | None, str | None]
"""Birth date and sex (1, 2) as far as they are known."""


def likely(person: Known, head: Known | None, *, taken: Collection[str], on: date) -> list[str]:
    """Relations to the head, the likeliest first, at most three; none where too little is known.

    `head` None: the household has none yet. `taken`: the relations that others of the household have.
    """
    birth, sex = person
    if birth is None:
        return []
    if head is None:
        return [HEAD] if on.year - birth.year > _ADULT else []
    if head[0] is None:
        return []
    younger = birth.year - head[0].year
    if younger >= _GENERATION:
        child = [SON if sex == _MALE else DAUGHTER] if sex else [SON, DAUGHTER]
        return [*child, GRANDCHILD] if younger >= _TWO_GENERATIONS else child
    if younger <= -_GENERATION:
        return [FATHER if sex == _MALE else MOTHER] if sex else [FATHER, MOTHER]
    couple = bool(sex and head[1]) and sex != head[1] and SPOUSE not in taken and on.year - birth.year >= _ADULT
    return [SPOUSE, SIBLING] if couple else [SIBLING]
