"""What `manage.py check` finds out about the systems that are installed: who would wait for whom for ever."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from . import dependencies, profiles


@register()
def nobody_waits_for_ever(app_configs: object, **options: Any) -> list[CheckMessage]:
    """E010: systems that wait for each other's numbers in a ring. W011: a number that no system here gives."""
    installed = list(profiles.profiles().values())
    found: list[CheckMessage] = [
        Error(
            f"These systems wait for each other: {' → '.join([*ring, ring[0]])}.",
            hint="Take one of the numbers out of `needs`, or make its row optional, in one of their mapping tables.",
            id="gridapp.E010",
        )
        for ring in dependencies.rings(installed)
    ]
    found += [
        Warning(
            f"{key} waits for {missing}, which no system here is or gives.",
            hint="Install the connector that gives it, or take it out of the mapping table.",
            id="gridapp.W011",
        )
        for key, missing in dependencies.ungiven(installed)
    ]
    return found
