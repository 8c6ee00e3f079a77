"""The codes that other systems use for our grids (derivation D8): police grid, safety grid, school district."""

from __future__ import annotations

from collections.abc import Iterable

from .models import GridMapping


def mapped(grid_codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Grid code -> system -> that system's code, in one query; a grid without any mapping is absent."""
    found: dict[str, dict[str, str]] = {}
    wanted = {code for code in grid_codes if code}
    if wanted:
        rows = GridMapping.objects.filter(grid_id__in=wanted).values_list("grid_id", "system", "code")
        for grid_code, system, code in rows:
            found.setdefault(grid_code, {})[system] = code
    return found


def mapped_code(grid_code: str, system: str) -> str | None:
    """One system's code for one grid, None where nobody has mapped it yet."""
    return mapped([grid_code]).get(grid_code, {}).get(system)


def map_grid(grid_code: str, system: str, code: str) -> None:
    """Sets the code one system uses for one grid."""
    GridMapping.objects.update_or_create(grid_id=grid_code, system=system, defaults={"code": code})
