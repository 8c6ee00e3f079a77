"""What code may not do, wherever it stands, and the short lists of who may after all, each with its reason."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = sorted(
    path
    for folder in ("gridapp", "connectors")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts and not path.parent.name.endswith("-tpl")
)
OURS = [path for path in PRODUCT if not {"sandbox", "testing", "demo", "bench"} & set(path.parts)]
OURS = [path for path in OURS if not path.name.startswith("sandbox")]
"""Without departments that are played, the demo and the bench: nobody runs those with a resident's data."""
TEMPLATES = sorted(ROOT.glob("templates/**/*"))
SCRIPTS = sorted(path for path in ROOT.glob("static/*.js"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def found(rule: Callable[[ast.Call, str], bool], paths: list[Path]) -> set[str]:
    """The modules in which a call breaks the rule; it is asked with the call and the name of what is called."""
    return {name_of(path) for path in paths for call in calls(path) if rule(call, ast.unparse(call.func))}


# --- Who is believed without a token ------------------------------------------------------------------------------

EXEMPT = {
    "gridapp.api.callbacks.callback": "a department's signature over the raw body is what counts",
    "gridapp.api.problems.nowhere": "answers that there is nothing",
    "gridapp.org.access": "asks for the token itself, so that an old one costs a tap and not what was typed",
    "rest_framework": "no cookie counts at the API: a token in a header does",
}


def test_who_is_exempt_from_the_token_of_forms_stands_on_the_list() -> None:
    """That each of them refuses a form of another site is asked in tests/security/test_matrix.py."""
    exempt = {origin(view) for view in views(get_resolver()) if getattr(view, "csrf_exempt", False)}
    written = {name_of(path) for path in PRODUCT if "csrf_exempt" in path.read_text()}

    assert exempt <= set(EXEMPT)
    assert written == {f"gridapp/{name}.py" for name in ("api/callbacks", "api/operation", "api/urls", "org/access")}


def views(resolver: URLResolver) -> Iterator[Callable[..., object]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield one.callback
        else:
            yield from views(one)


def origin(view: Callable[..., object]) -> str:
    """Where what is exempt was made: a decorator keeps the name of what it wraps, its code does not."""
    if hasattr(view, "cls"):
        return "rest_framework"
    inner, seen = view, []
    while inner is not None:
        seen.append(inner.__code__.co_filename if hasattr(inner, "__code__") else "")
        inner = getattr(inner, "__wrapped__", None)  # type: ignore[assignment]
    if any(path.endswith("gridapp/org/access.py") for path in seen):
        return "gridapp.org.access"
    return f"{view.__module__}.{getattr(view, '__name__', '')}"


# --- Text that becomes a page -------------------------------------------------------------------------------------

AS_IT_IS = {
    "gridapp/desk/templatetags/desk.py": "format_html escapes what it is given",
    "gridapp/review/report_pdf.py": "format_html around a style sheet of ours",
    "templates/desk/sw.js": "addresses of our own files as JSON, in a script",
}


def test_no_text_of_others_becomes_a_page_as_it_is() -> None:
    word = re.compile(r"mark_safe|format_html|SafeString|SafeText|\.html_safe|__html__|\|\s*safe\b|autoescape\s+off")

    there = {name_of(path) for path in [*PRODUCT, *TEMPLATES] if path.is_file() and word.search(path.read_text())}

    assert there == set(AS_IT_IS)


def test_no_script_makes_a_page_or_a_program_of_text() -> None:
    word = re.compile(
        r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|javascript:"
        r"|\beval\(|new Function|set(?:Timeout|Interval)\(\s*[\"'`]|setAttribute\(\s*[\"'`]on|document\.cookie"
        r"|window\.name|postMessage\([^)]*[\"'`]\*[\"'`]|document\.domain"
    )

    assert {name_of(path): word.findall(path.read_text()) for path in SCRIPTS if word.search(path.read_text())} == {}


LEADS = {"gridapp/org/fresh.py": "to the page that asks for the password; where from is taken as an address of ours"}


def test_htmx_asks_nobody_else_and_runs_nothing_that_came_with_an_answer() -> None:
    meta = re.search(r"name=\"htmx-config\" content='(.*?)'", (ROOT / "templates/base.html").read_text())

    assert meta is not None
    for setting in ('"allowEval":false', '"allowScriptTags":false', '"selfRequestsOnly":true', '"historyCacheSize":0'):
        assert setting in meta[1]
    answers = {path for path in PRODUCT if re.search(r"HX-(?:Redirect|Location|Push|Replace|Reswap)", path.read_text())}
    assert {name_of(path) for path in answers} == set(LEADS), (
        "a header of htmx that a value of somebody's could get into"
    )


# --- Text that becomes a statement, a program, an object ------------------------------------------------------------

PUT_TOGETHER = {
    "gridapp/resealing.py": "names of our own tables and columns",
    "gridapp/delivery/backup.py": "names of our own tables",
    "gridapp/delivery/reconcile.py": "an expression of ours that several statements share",
    "gridapp/delivery/backfill.py": "the same",
    "gridapp/delivery/restored.py": "the same",
    "gridapp/delivery/readback.py": "the same",
}


def test_a_statement_is_put_together_only_from_words_of_ours() -> None:
    def is_put_together(call: ast.Call, name: str) -> bool:
        runs = name.rpartition(".")[2] in {"execute", "executemany", "raw", "RawSQL", "extra", "stream"}
        made = call.args[0] if runs and call.args else None
        percent = isinstance(made, ast.BinOp)
        formatted = isinstance(made, ast.Call) and ast.unparse(made.func).endswith(("'.format", '".format', "join"))
        return isinstance(made, ast.JoinedStr) or percent or formatted

    assert found(is_put_together, OURS) == set(PUT_TOGETHER)


def test_no_query_takes_names_from_what_was_sent() -> None:
    """Lookups, orderings and aliases are ours: `filter(**request.GET)` could ask for somebody's password."""

    def takes(call: ast.Call, name: str) -> bool:
        asks = name.rpartition(".")[2] in {"filter", "exclude", "get", "order_by", "annotate", "alias", "values", "Q"}
        spread = [ast.unparse(word.value) for word in call.keywords if word.arg is None]
        spread += [ast.unparse(one.value) for one in call.args if isinstance(one, ast.Starred)]
        return asks and any(re.search(r"request|GET|POST|query_params|\bsent\b|\btyped\b", text) for text in spread)

    assert found(takes, OURS) == set()


STARTS = {
    "gridapp/audit/handing_over.py": "the operator's own command for an anchor",
    "gridapp/delivery/alone.py": "ourselves, for a record that brings down who carries it",
    "gridapp/delivery/backup_programs.py": "pg_dump and pg_restore",
    "gridapp/embedded/__init__.py": "ourselves",
    "gridapp/embedded/postgresql.py": "the embedded server",
    "gridapp/embedded/valkey.py": "the embedded server",
    "gridapp/registry/ledgers_reading.py": "ourselves, with limits: reads a workbook of somebody's",
    "connectors/transport/workbook.py": "the same",
}


def test_who_starts_programs_stands_on_the_list_and_nobody_asks_a_shell() -> None:
    def starts(call: ast.Call, name: str) -> bool:
        return name.startswith(("subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "asyncio.create_subprocess"))

    def asks_a_shell(call: ast.Call, name: str) -> bool:
        told = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in call.keywords)
        return (told and name.startswith(("subprocess", "asyncio"))) or name in {
            "os.system",
            "os.popen",
            "asyncio.create_subprocess_shell",
            "subprocess.getoutput",
        }

    known = {name for name in found(starts, OURS) if not name.startswith(STARTS_OF_OTHERS)}
    assert known == set(STARTS)
    assert found(asks_a_shell, PRODUCT) == set()


STARTS_OF_OTHERS = ("gridapp/keyring", "gridapp/backup", "gridapp/keeping_safe", "gridapp/watch/management")
"""Programs of the operator's: KMS, pg_dump and what archives logs; named in docs/operations.md."""


def test_nothing_that_came_becomes_an_object_or_a_program() -> None:
    def makes(call: ast.Call, name: str) -> bool:
        modules = ("pickle.", "marshal.", "shelve.", "dill.", "jsonpickle.", "yaml.")
        return name.startswith(modules) or name in {"eval", "exec", "compile", "__import__"}

    assert found(makes, OURS) == set()


def test_xml_is_read_without_entities_files_or_network() -> None:
    def reads_otherwise(call: ast.Call, name: str) -> bool:
        if name.endswith("etree.XMLParser"):
            told = {word.arg: ast.unparse(word.value) for word in call.keywords}
            wanted = {"resolve_entities": "False", "no_network": "True", "load_dtd": "False"}
            return not wanted.items() <= told.items()
        if name.endswith(("etree.fromstring", "etree.XML", "etree.parse", "etree.iterparse")):
            return len(call.args) < 2 and not (call.args and "_request(" in ast.unparse(call.args[0]))
        return name.startswith(("minidom.", "xml.", "ElementTree.", "sax."))

    assert found(reads_otherwise, OURS) == set()


def test_certificates_and_host_keys_are_looked_at() -> None:
    word = re.compile(
        r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified|known_hosts\s*=\s*None"
        r"|\"known_hosts\": None|AutoAddPolicy|ssl\s*=\s*False|InsecureRequest|disable_warnings"
    )

    assert {name_of(path) for path in OURS if word.search(path.read_text())} == set()


def test_cookies_are_read_and_left_in_one_place() -> None:
    word = re.compile(r"set_cookie\(|delete_cookie\(|set_signed_cookie\(|\.COOKIES\b")
    pages = [path for path in (ROOT / "templates").rglob("*.html") if ".COOKIES" in path.read_text()]

    assert {name_of(path) for path in OURS if word.search(path.read_text())} == {"gridapp/cookies.py"}
    assert pages == []


def test_no_digest_that_is_broken_and_no_chance_that_can_be_guessed_keeps_anything() -> None:
    def weak(call: ast.Call, name: str) -> bool:
        return name in {"hashlib.md5", "hashlib.sha1", "random.token", "uuid.uuid1", "tempfile.mktemp"}

    weak_but_theirs = {name for name in found(weak, OURS) if not name.startswith("connectors/")}
    assert weak_but_theirs == set(), "what a department's own interface asks for stands in its connector"


# --- What is written down -----------------------------------------------------------------------------------------


def test_no_log_line_is_given_what_was_sent() -> None:
    def logs(call: ast.Call, name: str) -> bool:
        says = re.fullmatch(r"(?:logger|logging|log)\.(?:debug|info|warning|error|exception|critical|log)", name)
        told = " ".join(ast.unparse(one) for one in [*call.args[1:], *(word.value for word in call.keywords)])
        return bool(says) and bool(re.search(r"request\.(?:POST|GET|body|FILES|META|COOKIES|get_full_path)", told))

    def prints(call: ast.Call, name: str) -> bool:
        return name == "print"

    quiet = [path for path in OURS if "management" not in path.parts and path.name != "__main__.py"]
    assert found(logs, OURS) == set()
    assert {name for name in found(prints, quiet) if not name.endswith("_child.py")} == set()


SECRETS = re.compile(
    r"-----BEGIN (?:RSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}|AKIA[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[0-9A-Za-z-]{10,}"
    r"|(?:SECRET_KEY|SEALING_KEYS|INDEX_KEY|AUDIT_KEYS)\s*[=:]\s*[\"']?(?:\d+:)?(?:aes:|sm4:)?[0-9a-f]{32,}"
    r"|eyJhbGciOi[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\."
)
MADE_UP = ("tests/", "connectors/sandbox/", "docs/")
"""Keys of departments that are played, made for the tests; none of them opens anything."""


def test_no_secret_stands_in_the_tree_or_in_its_history() -> None:
    like = r"PRIVATE KEY|AKIA|gh[pousr]_|xox|_KEYS?[ =:]|eyJhbGci"
    told = subprocess.run(
        ["git", "log", "-p", "--no-color", "--unified=0", "-G", like],
        cwd=ROOT, check=True, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    path, there = "", set()
    for line in told.stdout.splitlines():
        if line.startswith("+++ "):
            path = line[6:]
        elif line.startswith("+") and SECRETS.search(line) and not path.startswith(MADE_UP):
            there.add((path, line[:60]))

    assert there == set()


# --- Who waits for whom ---------------------------------------------------------------------------------------------


def test_no_two_kinds_of_work_wait_for_one_lock() -> None:
    """Of locks by number: with one between them, chaining the audit would stand still while indexes are made anew."""
    numbers = re.compile(r"^_?LOCK = (\d+)", re.MULTILINE)
    held = [number for path in PRODUCT for number in numbers.findall(path.read_text())]

    assert len(held) >= 7
    assert sorted(held) == sorted(set(held))


def test_a_fence_stands_where_it_stands() -> None:
    """So that none of them passes by having looked at nothing."""
    assert len(OURS) > 300 and len(TEMPLATES) > 60 and len(SCRIPTS) > 15
    assert SECRETS.search("+SECRET_KEY = '" + "ab" * 20 + "'")
    assert found(lambda call, name: name == "subprocess.Popen", OURS)
