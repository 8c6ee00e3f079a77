"""What makes a page fit for every eye and finger, asked of the browser that shows it; and the pictures for people."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.conftest import DESK, TABLET

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOO_SMALL = """() => [...document.querySelectorAll(
    'a, button, summary, input:not([type=hidden]), textarea, select, .chip')]
  .filter(one => one.getClientRects().length && !one.closest('.chip > input') && !one.matches('.skip, .chip input'))
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOO_FINE = """() => [...new Set([...document.querySelectorAll('main *')]
  .filter(one => one.getClientRects().length && !one.closest('.quiet, svg')
    && [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim()))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map(one => `${getComputedStyle(one).fontSize} ${one.outerHTML.slice(0, 80)}`))]"""
OPEN_ALL = "() => document.querySelectorAll('main details').forEach(one => { one.open = true; })"
FOLD_ALL = "() => document.querySelectorAll('main details').forEach(one => { one.open = false; })"
AXE = """([rules, without]) => axe.run(document, {runOnly: rules, resultTypes: ['violations'],
    rules: Object.fromEntries(without.map(name => [name, {enabled: false}]))})
  .then(result => result.violations.flatMap(one => one.nodes.map(
    node => `${one.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`)))"""
ZOOMED = {"width": 400, "height": 640}
"""A tablet at 200 %: half the room."""

SHOWN_IN_ENGLISH = {"home", "resident-filled", "record", "notice-public", "targets"}
SHOWN_IN_THEMES = {"home", "resident-filled", "record"}
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screens"


@dataclass
class Walk:
    """Goes from page to page and notes what is wrong with each. `page`: an upright tablet.

    `language`: zh or en. In English contrast is not asked again: it has the same colours.
    """

    page: Page
    url: str
    language: str = "zh"
    found: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200) -> None:
        """Opens a page and makes sure that it is the one that was meant."""
        response = self.page.goto(self.url + path)
        assert response is not None
        assert response.status == status, path

    def look(self, name: str) -> None:
        """Notes the flaws of what is in sight, in three themes, on both sides and at twice the size."""
        picture(self.page, f"{name}-{self.language}", only=SHOWN_IN_ENGLISH if self.language == "en" else None)
        self.page.evaluate(OPEN_ALL)
        flaws = [*self._fine(), *self._sizes(), *self._themes(name)]
        self.found += [f"{name}: {flaw}" for flaw in flaws]

    def _fine(self) -> list[str]:
        return [f"too fine {one}" for one in self.page.evaluate(TOO_FINE)]

    def _sizes(self) -> list[str]:
        flaws = []
        for size in (DESK, ZOOMED, TABLET):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            side = f"{size['width']} wide"
            flaws += [f"{side}: too small {one}" for one in self.page.evaluate(TOO_SMALL)]
            if over := self.page.evaluate(TOO_WIDE):
                flaws.append(f"{side}: {over} px over the edge")
        return flaws

    def _themes(self, name: str) -> list[str]:
        self.page.evaluate(Axe().axe_script)
        contrast = ["color-contrast"]  # all that a theme changes; what is folded away has the colours of the rest
        known = contrast if self.language == "en" else []
        flaws = [f"light: {one}" for one in self.page.evaluate(AXE, [RULES, known])]
        if self.language == "en":
            return flaws
        self.page.evaluate(FOLD_ALL)
        self.page.emulate_media(color_scheme="dark")
        flaws += [f"dark: {one}" for one in self.page.evaluate(AXE, [contrast, []])]
        picture(self.page, f"{name}-dark", only=SHOWN_IN_THEMES)
        self.page.emulate_media(color_scheme="light")
        self.page.evaluate("() => { document.documentElement.dataset.theme = 'sun'; }")
        flaws += [f"sun: {one}" for one in self.page.evaluate(AXE, [contrast, []])]
        picture(self.page, f"{name}-sun", only=SHOWN_IN_THEMES)
        self.page.evaluate("() => { delete document.documentElement.dataset.theme; }")
        return flaws


def picture(page: Page, name: str, *, only: set[str] | None = None) -> None:
    """What a worker sees, for docs/screens; taken when SCREENSHOT is set, so that a test run changes no file."""
    if os.environ.get("SCREENSHOT") and (only is None or name.rpartition("-")[0] in only):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", scale="css")
