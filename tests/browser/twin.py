"""The scripts that judge, alone in a browser; the rules they are given, and views as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Page
from pytest_django import Settings

from gridapp.desk import rules

STATIC = Path(__file__).resolve().parents[2] / "static"
SCRIPTS = ("derivation.js", "documents.js", "reading.js", "rules.js")
CITY = "9901"


def alone(page: Page, settings: Settings) -> Page:
    """The page with nothing but the scripts that judge: no server behind it."""
    settings.CATALOGUE_KEPT = 60.0  # the targets do not change here, and are asked for some thousand times
    page.goto("about:blank")
    for name in SCRIPTS:
        page.add_script_tag(path=STATIC / name)
    return page


def shipped(*, practice: bool = True, lang: str = "zh", home_city: str = CITY) -> dict[str, Any]:
    """The rules as the tablet gets them."""
    made = rules.rules(lang, practice=practice, home_city=home_city)
    found: dict[str, Any] = orjson.loads(orjson.dumps(made, option=orjson.OPT_NON_STR_KEYS))
    return found


def plain(view: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rules.plain(value) for name, value in view.items()}
