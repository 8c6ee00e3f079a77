"""Holds templates and scripts to the rules that a strict content security policy and two versions of htmx ask for."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("gridapp/**/templates/**/*.html")])
SCRIPTS = sorted(path for path in ROOT.glob("static/**/*.js") if "vendor" not in path.parts)
STYLES = sorted(path for path in ROOT.glob("static/**/*.css") if "vendor" not in path.parts)
VERBS = {"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}
NEED_A_VERB = {"hx-target", "hx-swap", "hx-trigger", "hx-include", "hx-vals", "hx-confirm", "hx-select"}
EXPRESSIONS = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Tags(HTMLParser):
    """Every tag of a template with its attributes; what the template language adds is left out."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(EXPRESSIONS.sub("", path.read_text()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def each_template() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", TEMPLATES, ids=name_of)


def test_there_are_pages_to_hold_to_the_rules() -> None:
    assert TEMPLATES


@each_template()
def test_a_page_has_no_script_and_no_style_of_its_own(path: Path) -> None:
    tags = Tags(path).found

    assert [tag for tag, attributes in tags if tag == "style" or (tag == "script" and "src" not in attributes)] == []
    assert [name for _, attributes in tags for name in attributes if name == "style" or name.startswith("on")] == []


@each_template()
def test_a_page_uses_what_both_versions_of_htmx_have(path: Path) -> None:
    attributes = [attributes for _, attributes in Tags(path).found]
    values = {f"{name}={value}" for every in attributes for name, value in every.items() if name.startswith("hx-")}

    assert [value for value in values if value.startswith("hx-on") or re.search(r"=\s*js(on)?:", value)] == []
    assert [value for value in values if value.startswith("hx-trigger") and "[" in value] == []
    assert [every for every in attributes if every.keys() & NEED_A_VERB and not every.keys() & VERBS] == []


@pytest.mark.parametrize("path", [*TEMPLATES, *STYLES, *SCRIPTS], ids=name_of)
def test_a_page_asks_nobody_but_us(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text())

    assert [address for address in addresses if not address.endswith("//www.w3.org")] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_only_one_script_knows_the_events_of_htmx_and_none_needs_eval(path: Path) -> None:
    text = path.read_text()

    assert path.name == "app.js" or "htmx:" not in text
    assert not re.search(r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write\(", text)
