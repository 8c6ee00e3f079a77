"""What the doctor found, as its tests ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gridapp.watch.doctor import Finding, Level

Findings = dict[str, Finding]


def looked(look: Callable[[], Iterator[Finding]]) -> Findings:
    """Check -> the worst that was found of it."""
    found: Findings = {}
    order = [Level.OK, Level.WARN, Level.FAIL]
    for one in look():
        if one.check not in found or order.index(one.level) >= order.index(found[one.check].level):
            found[one.check] = one
    return found


def bad(look: Callable[[], Iterator[Finding]]) -> set[str]:
    return {check for check, one in looked(look).items() if one.level is not Level.OK}
