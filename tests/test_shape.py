"""Holds the house to its shape: sizes, names, what may not be written anywhere. The reasons are in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES, FUNCTION_LINES, VIEW_LINES = 300, 40, 20
PAGES = ("gridapp/desk", "gridapp/review", "gridapp/api")

BANNED_MODULES = {"util", "helper", "common", "base", "core", "misc", "manager", "service"}
MODULES_OTHERS_NAME = {"gridapp/embedded_backend/base.py"}  # Django looks for a database backend's module `base`
BANNED_NAMES = {"data", "info", "obj", "item"}
BANNED_CLASS_ENDINGS = ("Util", "Utils", "Helper", "Helpers", "Manager", "Service", "Mixin", "Base")
NAMES_OTHERS_GIVE = {"has_object_permission", "to_representation", "to_internal_value", "default"}  # overridden methods

README_SECTIONS = ["What it is", "Access", "Settings", "Fields", "How it answers", "Quirks", "Try it by hand"]

# Put together here, so that this file does not name what it forbids
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "mirror.com", "registry." + "npm"]
HOMES = ("wo" + "rk/(?:main|shared|scratch)", "ro" + "ot", "home/[a-z]+", "Us" + "ers/[a-z]+")
MACHINE_PATHS = [f"/{folder}/" for folder in HOMES]


def tracked() -> list[Path]:
    """Every file of the repository, also those not committed yet; migrations of others' making are files too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


FILES = tracked()
MODULES = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
TEXTS = [path for path in FILES if path.suffix not in {".png", ".jpg", ".ico", ".mo", ".gz", ".woff2", ".xlsx"}]
CONNECTORS = sorted(
    {path.parent for path in FILES if path.parent.parent == ROOT / "connectors" and path.name == "mapping.py"}
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(own_words(path))


def breaches(rule: Callable[[Path], object], paths: Iterable[Path]) -> dict[str, object]:
    """File -> what it has against the rule, for all that have anything: whoever breaks it in five places sees five."""
    return {name_of(path): found for path in paths if (found := rule(path))}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, the docstring not counted: explaining is free."""
    first, documented = node.body[0], ast.get_docstring(node, clean=False)
    explained = (first.end_lineno or 0) - first.lineno + 1 if documented is not None else 0
    return (node.end_lineno or 0) - node.lineno + 1 - explained


def own_words(path: Path) -> str:
    return path.read_text(errors="replace")


def test_a_module_and_its_functions_stay_short() -> None:
    def long(path: Path) -> list[str]:
        lines = len(own_words(path).splitlines())
        too_long = [
            f"{node.name}: {length(node)}" for node in functions(tree_of(path)) if length(node) > FUNCTION_LINES
        ]
        return [*([f"{lines} lines"] if lines > MODULE_LINES else []), *too_long]

    assert breaches(long, MODULES) == {}


def test_a_view_stays_very_short() -> None:
    def is_view(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return [argument.arg for argument in node.args.args if argument.arg != "self"][:1] == ["request"]

    def long(path: Path) -> list[str]:
        views = [node for node in functions(tree_of(path)) if is_view(node)]
        return [f"{node.name}: {length(node)}" for node in views if length(node) > VIEW_LINES]

    assert breaches(long, [path for path in MODULES if name_of(path).startswith(PAGES)]) == {}


def test_a_module_is_named_after_the_question_it_answers() -> None:
    def says_nothing(path: Path) -> set[str]:
        return {word.removesuffix("s") for word in re.split(r"[_.]", path.stem)} & BANNED_MODULES

    assert breaches(says_nothing, [path for path in MODULES if name_of(path) not in MODULES_OTHERS_NAME]) == {}


def test_names_say_what_they_hold() -> None:
    def say_nothing(path: Path) -> set[str]:
        tree = tree_of(path)
        stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        arguments = {
            argument.arg
            for node in functions(tree)
            if node.name not in NAMES_OTHERS_GIVE
            for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        }
        classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        return (stored | arguments) & BANNED_NAMES | {name for name in classes if name.endswith(BANNED_CLASS_ENDINGS)}

    assert breaches(say_nothing, MODULES) == {}


def test_no_exception_is_swallowed() -> None:
    def catches_all(node: ast.ExceptHandler) -> bool:
        return node.type is None or (isinstance(node.type, ast.Name) and node.type.id.endswith("Exception"))

    def does_nothing(node: ast.ExceptHandler) -> bool:
        return all(isinstance(step, ast.Pass | ast.Continue | ast.Expr) for step in node.body) and not any(
            isinstance(part, ast.Call) for step in node.body for part in ast.walk(step)
        )

    def swallows(path: Path) -> list[int]:
        handlers = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
        return [node.lineno for node in handlers if catches_all(node) and does_nothing(node)]

    assert breaches(swallows, MODULES) == {}


def test_our_own_flow_is_called_not_signalled() -> None:
    def signals(path: Path) -> list[str]:
        found = re.findall(
            r"django\.(?:db\.models|core|dispatch)[\w.]* import .*\b(?:signals|receiver|Signal)\b", own_words(path)
        )
        return found + (re.findall(r"def (?:save|delete)\(", own_words(path)) if path.name == "models.py" else [])

    assert breaches(signals, [path for path in MODULES if "gridapp" in path.parts]) == {}


def test_tests_neither_skip_nor_sleep() -> None:
    forbidden = r"pytest\.mark\.(?:skip|xfail)|pytest\.(?:skip|xfail)\(|time\.sle" + r"ep\(|assert Tr" + r"ue\b"
    tests = [path for path in MODULES if "tests" in path.parts and path != Path(__file__)]

    assert breaches(lambda path: re.findall(forbidden, own_words(path)), tests) == {}


def test_no_registry_no_machine_and_no_unnumbered_promise_is_named() -> None:
    def named(path: Path) -> list[str]:
        text = own_words(path)
        promises = [] if path.suffix != ".py" else re.findall(r"#.*\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", text)
        machines = [found for folder in MACHINE_PATHS for found in re.findall(rf"""(?<=[\s"'=(`]){folder}""", text)]
        return [host for host in REGISTRIES if host in text] + machines + promises

    assert breaches(named, TEXTS) == {}


def test_a_rule_is_broken_where_it_is_broken() -> None:
    """So that none of them passes by having looked at nothing."""
    assert breaches(lambda path: path.name == Path(__file__).name, MODULES) == {name_of(Path(__file__)): True}
    assert length(next(functions(ast.parse("def f():\n    1\n    2")))) == 3
    assert len(MODULES) > 500 < len(TEXTS) and CONNECTORS


def test_no_lock_file_that_names_hosts_is_kept() -> None:
    names = {path.name for path in FILES}

    assert names & {"uv.lock", "pip.conf", "uv.toml", ".npmrc", "package-lock.json"} == set()


def test_every_connector_folder_is_registered() -> None:
    project = tomllib.loads(own_words(ROOT / "pyproject.toml"))["project"]
    registered = {line.split(".")[1] for line in project["entry-points"]["gridapp.connectors"].values()}

    assert {folder.name for folder in CONNECTORS} == registered


def test_a_connected_system_has_every_section_in_its_readme() -> None:
    def lacks(folder: Path) -> list[str]:
        headings = re.findall(r"^#+ +(.+?)\s*$", own_words(folder / "README.md"), re.MULTILINE)
        known = [heading for heading in headings if heading in README_SECTIONS]
        return [] if known == README_SECTIONS else known or ["all"]

    assert breaches(lacks, [folder for folder in CONNECTORS if (folder / "connector.py").exists()]) == {}


def test_the_readme_shows_the_two_commands_that_the_makefile_has() -> None:
    targets = re.findall(r"^([a-z-]+):", own_words(ROOT / "Makefile"), re.MULTILINE)
    mentioned = set(re.findall(r"`?make ([a-z-]+)", own_words(ROOT / "README.md")))

    assert {"demo", "test"} <= mentioned <= set(targets)
    assert "make test" in own_words(ROOT / ".ci" / "run")
