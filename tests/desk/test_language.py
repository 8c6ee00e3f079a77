"""Every Chinese word of ours has its English, and the compiled file is the one that the sources say."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

from django.test import Client

from tests.desk.cast import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT / "gridapp" / "locale" / "en" / "LC_MESSAGES"
CHINESE = re.compile("[\u4e00-\u9fff]")
IN_PYTHON = re.compile(r'\b_?(?:gettext|gettext_lazy|_)\(\s*"((?:[^"\\]|\\.)*)"\s*,?\s*\)')
IN_TEMPLATES = re.compile(r'{% trans "([^"]*)"|{% blocktrans[^%]*%}(.*?){%', re.DOTALL)
VARIABLE = re.compile(r"{{ (\w+) }}")


def english() -> gettext.GNUTranslations:
    with (MESSAGES / "django.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


def words() -> set[str]:
    found = {text for path in (ROOT / "gridapp").rglob("*.py") for text in IN_PYTHON.findall(path.read_text())}
    for path in (ROOT / "templates").rglob("*.html"):
        for plain, block in IN_TEMPLATES.findall(path.read_text()):
            found.add(plain or VARIABLE.sub(r"%(\1)s", block))
    return {text for text in found if CHINESE.search(text)}


def test_everything_we_say_is_said_in_english_too() -> None:
    known = english()

    said = {text: known.gettext(text) for text in words()}

    assert len(said) > 200
    left = {text for text, translated in said.items() if CHINESE.search(translated)}
    assert {text for text in left if known.ngettext(text, text, 1) == text} == set()


def test_the_compiled_words_are_those_of_the_source() -> None:
    source = (MESSAGES / "django.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".*"\nmsgstr\[0\]|msgstr) "(.+)"$', source, re.MULTILINE)
    known = english()

    plain = {text.replace('\\"', '"'): said.replace('\\"', '"') for text, said in pairs}

    assert len(plain) > 200
    assert {
        text for text, said in plain.items() if said not in {known.gettext(text), known.ngettext(text, text, 1)}
    } == set()


def test_variables_survive_translation() -> None:
    known = english()

    for text in words():
        translated = known.ngettext(text, text, 2) if known.gettext(text) == text else known.gettext(text)
        assert set(re.findall(r"%\(\w+\)s", translated)) <= set(re.findall(r"%\(\w+\)s", text)), text


def test_the_language_is_one_tap_away_and_stays(client: Client, db: None) -> None:
    client.post("/i18n/setlang/", {"language": "en", "next": "/login/"})

    assert '<html lang="en">' in client.get("/login/").content.decode()
    assert "Sign in" in client.get("/login/").content.decode()


def test_errors_speak_the_language_of_the_page(client: Client, worker: object) -> None:
    client.cookies["django_language"] = "en"

    page = client.post("/login/", {"username": "worker", "password": PASSWORD[::-1]}).content.decode()

    assert "User name or password is wrong" in page
