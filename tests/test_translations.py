"""Chinese is written in the source, English in the catalogue: both complete, and nothing is shown past them."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "gridapp" / "locale" / "en" / "LC_MESSAGES" / "django.mo"
A_SENTENCE, A_WORD = re.compile(r"[A-Z][a-z]|[a-z] "), re.compile("[a-z]{2}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
QUOTED = r"""\"\"\".*?\"\"\"|\'\'\'.*?\'\'\'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEMPLATES = sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("gridapp/**/templates/**/*.html")])
SCRIPTS = sorted(path for path in ROOT.glob("static/**/*.js") if "vendor" not in path.parts)

# Chinese that is read, not shown
READ = {
    "gridapp/checks.py": "a sample for the database",
    "gridapp/org/passwords.py": "words that no password may hold",
    "gridapp/delivery/archives.py": "names of DA/T 46, which archives read in every language of ours",
    "gridapp/delivery/incident_pack.py": "a report to Chinese authorities",
    "gridapp/review/compliance_pack.py": "papers for Chinese auditors",
    "gridapp/egress.py": "what connectors say of an address, as they say all else",
    "gridapp/ocr/card.py": "what is printed on an identity card",
    "gridapp/registry/search_tokens.py": "splits what people typed",
}

# Pure packages carry both languages side by side; the demo's people and places are Chinese whatever is read.
BOTH_SIDE_BY_SIDE = ("gridapp/dictionary/", "gridapp/contract/", "gridapp/demo/", "gridapp/bench/")
PROPER_NAMES = {"中文", "简体中文", "一次录入,处处到位 · enter once, fill everywhere"}

MODULES = sorted(
    path
    for path in (ROOT / "gridapp").rglob("*.py")
    if "migrations" not in path.parts and not path.relative_to(ROOT).as_posix().startswith(BOTH_SIDE_BY_SIDE)
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of the constants that explain, which nobody is shown."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def translated(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts handed to gettext as they stand; both of a plural."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in CALLS:
            yield from (text for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str))


def texts_of_python(path: Path) -> set[str]:
    return {str(text.value) for text in translated(ast.parse(path.read_text()))}


def texts_of_template(path: Path) -> set[str]:
    """What `makemessages` would find: Django turns a template into something like Python first."""
    calls = re.findall(rf"(?:n?gettext|_)\(\s*u?({QUOTED})(?:,\s*u?({QUOTED}))?", as_calls(path), re.DOTALL)
    return {str(ast.literal_eval(text)) for call in calls for text in call if text}


def as_calls(path: Path) -> str:
    return str(templatize(path.read_text(), origin=name_of(path)))


def paired(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts that stand beside their English in one call, tuple, list or choice; and patterns, shown to nobody."""
    for node in ast.walk(tree):
        texts = [text for part in parts_of(node) for text in texts_in(part)]
        is_pattern = isinstance(node, ast.Call) and getattr(getattr(node.func, "value", None), "id", "") == "re"
        english = A_SENTENCE if isinstance(node, ast.Call | ast.List) else A_WORD
        if is_pattern or any(english.search(str(one.value)) and not CHINESE.search(str(one.value)) for one in texts):
            yield from texts


def parts_of(node: ast.AST) -> list[ast.expr]:
    """What stands side by side in an expression."""
    if isinstance(node, ast.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []


def texts_in(node: ast.expr) -> list[ast.Constant]:
    """A text, or the fixed parts of a formatted one."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return [part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) not in READ], ids=name_of)
def test_chinese_in_a_module_is_meant_to_be_translated(path: Path) -> None:
    tree = ast.parse(path.read_text())
    exempt = docstrings(tree) | {id(text) for text in [*translated(tree), *paired(tree)]}

    shown = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exempt
    ]

    assert [text for text in shown if CHINESE.search(text) and text not in PROPER_NAMES] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_chinese_in_a_template_stands_in_a_translation_tag(path: Path) -> None:
    text = re.sub(r"\{% *comment.*?endcomment *%\}|\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"\{% *blocktrans.*?endblocktrans(late)? *%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% *(trans|translate) .*?%\}|_\((\".*?\"|'.*?')\)", "", text)

    runs = re.findall(rf"{CHINESE.pattern}+", text)

    assert [run for run in runs if run not in PROPER_NAMES] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_shows_only_words_that_the_page_gave_it(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|^\s*//.*?$|\s//\s.*?$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)

    assert CHINESE.findall(text) == []


def in_english(catalogue: gettext.GNUTranslations, text: str) -> str:
    """The translation, or the text itself. Plurals have keys of their own, where older Pythons do not look."""
    found = catalogue.gettext(text)
    return found if found != text else catalogue.ngettext(text, text, 2)


def test_english_is_complete() -> None:
    with ENGLISH.open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    wanted = set().union(*map(texts_of_python, MODULES), *map(texts_of_template, TEMPLATES))

    said = {text: in_english(catalogue, text) for text in wanted if CHINESE.search(text)}

    missing = sorted(text for text, english in said.items() if english == text)
    chinese = sorted(text for text, english in said.items() if CHINESE.search(english) and text not in missing)

    assert missing == []
    assert chinese == []
