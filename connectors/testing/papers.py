"""What can be read of a connector before anything is sent: settings, capabilities, hours, claims, README, preview."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.subject import Subject
from connectors.trial import Trial, Watched, usual_view
from gridapp.contract import Connector, Evidence, Misconfigured, Outcome, Preview, Unavailable

from .promise import (
    asynchronous,
    by_workbook,
    calls_back,
    fills,
    on_the_wire,
    promise,
    reads_back,
)

README_SECTIONS = ("What it is", "Access", "Settings", "Fields", "How it answers", "Quirks", "Try it by hand")
LOCAL = ZoneInfo("Asia/Shanghai")
_SECRET = re.compile("password|secret|token|private|passphrase")


@promise()
def settings_are_declared_and_secrets_are_marked(trial: Trial) -> None:
    settings = trial.subject.connector.settings
    declared = {one.name: one for one in settings}
    given = trial.department.settings()

    assert len(declared) == len(settings), "two settings of one name"
    assert set(given) <= set(declared), set(given) - set(declared)
    assert {name for name, one in declared.items() if one.required and not one.default} <= set(given)
    assert [one.name for one in settings if not (one.zh and one.en and one.name.isidentifier())] == []
    assert [name for name, one in declared.items() if _SECRET.search(name) and not one.secret] == []
    assert [one.name for one in settings if one.secret and one.default] == [], "a secret that everybody knows"


@promise()
def its_profile_says_who_what_and_why_in_both_languages(trial: Trial) -> None:
    profile = trial.subject.profile
    said = ("key", "slug", "zh", "en", "owner", "owner_en", "basis", "basis_en", "purpose", "purpose_en", "channel")

    assert [name for name in (*said, "channel_en") if not getattr(profile, name)] == []
    assert profile.layouts and all(layout.rows for layout in profile.layouts.values())
    assert (trial.department.key, trial.department.slug) == (profile.key, profile.slug)


@promise()
def what_it_says_it_can_do_is_there(trial: Trial) -> None:
    connector, can = trial.subject.connector, trial.subject.can
    parts = {
        "track": asynchronous,
        "verify": calls_back,
        "notices": calls_back,
        "read_back": reads_back,
        "sheet": by_workbook,
        "read_sheet": by_workbook,
        "check": on_the_wire,
    }

    lacks = [name for name, when in parts.items() if when(trial.subject) and not _is_its_own(connector, name)]
    assert lacks == [], f"it says it can, and has no {lacks}"
    assert can.batch >= 1 and can.concurrency >= 1 and (can.per_second is None or can.per_second > 0)
    assert can.by_hand is None or can.evidence is not Evidence.CONFIRMED, "no interface confirms what a person does"


@promise(on_the_wire)
def its_deadline_leaves_time_for_a_whole_call(trial: Trial) -> None:
    modules = _modules(trial.subject)
    within = [value for module in modules if isinstance(value := _constant(module, "ANSWER_WITHIN"), int | float)]

    assert 0 < trial.subject.can.deadline <= 300, trial.subject.can.deadline
    assert all(trial.subject.can.deadline >= seconds for seconds in within), within


@promise()
def its_window_opens_again_whenever_it_is_closed(trial: Trial) -> None:
    window = trial.subject.profile.window
    first = datetime.combine(date(2024, 1, 1), datetime.min.time(), LOCAL)
    for hours in range(0, 366 * 24, 7):
        at = first + timedelta(hours=hours)

        opening = window.next_opening(at)

        assert at <= opening <= at + timedelta(days=366) and window.is_open(opening), (at, opening)


@promise()
def the_readme_has_every_section(trial: Trial) -> None:
    headings = re.findall(r"^#+ +(.+?)\s*$", _readme(trial.subject), re.MULTILINE)

    assert [heading for heading in headings if heading in README_SECTIONS] == list(README_SECTIONS)


@promise()
def every_setting_is_in_the_readme(trial: Trial) -> None:
    section = _section(trial.subject, "Settings")

    assert [one.name for one in trial.subject.connector.settings if f"`{one.name}`" not in section] == []


@promise()
def every_claimed_answer_is_in_the_readme_and_every_documented_one_is_known(trial: Trial) -> None:
    claims, section = trial.subject.claims, _section(trial.subject, "How it answers")
    kinds = (*_outcomes(), Misconfigured)
    documented = {
        word
        for line in section.splitlines()
        if line.startswith("|")
        for word in re.findall(r"[\w-]+", line.split("|")[1])
    }
    shapes = {_shape(code) for code in claims if any(sign.isdigit() for sign in code)}

    assert claims, "no CLAIMS: nobody knows what becomes of its answers"
    assert [code for code, outcome in claims.items() if outcome not in kinds] == []
    assert [code for code in claims if code not in section and code not in ("any", "-")] == []
    unknown = {word for word in documented if _shape(word) in shapes} - set(claims) - _words(trial.subject)
    assert unknown == set(), f"documented, and nobody knows what becomes of them: {sorted(unknown)}"


@promise()
def a_preview_shows_what_is_required_in_their_names_and_nothing_else(trial: Trial) -> None:
    for kind, layout in trial.subject.profile.layouts.items():
        parcel = trial.parcel(kind)

        preview = trial.closed().preview(parcel)

        shown = {line.name for line in preview.lines}
        view = usual_view(trial.subject.profile, kind)
        said = layout.content(view)
        sent = [row for row in layout.content_rows if row.source not in layout.attachments]
        needed = {row.name for row in sent if row.required.holds(view) and said[row.name] is not None}
        assert isinstance(preview, Preview) and all(isinstance(line.value, str) for line in preview.lines)
        assert shown <= {row.name for row in layout.rows}, shown - {row.name for row in layout.rows}
        assert needed <= shown, f"required, and not shown: {needed - shown}"
        assert isinstance(parcel.fields, Watched)
        asked = {name for name in parcel.fields.asked if name}
        assert asked <= layout.sources, asked - layout.sources


@promise(fills)
def a_preview_and_an_error_tell_no_secret(trial: Trial) -> None:
    secrets = _secrets(trial)
    connector = trial.closed()
    preview = connector.preview(trial.parcel(trial.kinds[0]))
    said = [repr(connector), str(connector), preview.message, *(line.value for line in preview.lines)]
    for fault in ("down", "wrong_credentials", "html_instead", "error_5xx", "reset"):
        if fault in trial.subject.honours:
            with trial.fault(fault):
                said += [f"{one} {one!r}" for one in trial.send(trial.parcel(trial.kinds[0]))]

    assert [name for name, value in secrets.items() if any(value in text for text in said)] == []


@promise(on_the_wire)
def a_mistyped_secret_breaks_nothing_and_is_not_quoted(trial: Trial) -> None:
    for name, value in _secrets(trial).items():
        for mistyped in (value[:-2], value[1:] + value[0], "错" + value[1:]):
            parcel, settings = trial.parcel(trial.kinds[0]), {**trial.settings, name: mistyped}

            try:
                said: object = trial.submit(parcel, settings=settings)
            except (Unavailable, Misconfigured) as error:
                said = f"{error} {error!r}"
            assert mistyped not in str(said), f"{name} is quoted"


@promise(on_the_wire)
def checking_changes_nothing_and_finds_wrong_credentials(trial: Trial) -> None:
    before = trial.sizes()
    trial.ask(lambda opened: opened.check())
    assert trial.sizes() == before

    for fault, trouble in (("wrong_credentials", Misconfigured), ("down", Unavailable)):
        with trial.fault(fault):
            raised = _raised(lambda: trial.ask(lambda opened: opened.check()))
        assert isinstance(raised, trouble), (fault, raised)


def gives_the_claimed_outcome(trial: Trial, code: str) -> None:
    """Make the department answer `code` for one record: it becomes what the connector claims."""
    parcel = trial.parcel(trial.kinds[0])
    trial.script(parcel, code)

    (ended,) = trial.send(parcel)

    assert type(ended) is trial.subject.claims[code], ended


def _outcomes() -> tuple[type[Any], ...]:
    return Outcome.__args__


def _is_its_own(connector: type[Connector], name: str) -> bool:
    return getattr(connector, name) is not getattr(Connector, name)


def _secrets(trial: Trial) -> dict[str, str]:
    """The secret settings of this run that are long enough to be found in a text."""
    secret = {one.name for one in trial.subject.connector.settings if one.secret}
    return {name: value for name, value in trial.settings.items() if name in secret and len(value) > 5}


def _raised(act: Callable[[], Any]) -> Exception | None:
    try:
        act()
    except (Unavailable, Misconfigured) as error:
        return error
    return None


def _readme(subject: Subject) -> str:
    return (subject.folder / "README.md").read_text(encoding="utf-8")


def _section(subject: Subject, heading: str) -> str:
    found = re.search(rf"^#+ +{heading}\s*$(.*?)(?=^## |\Z)", _readme(subject), re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {heading}"
    return found[1]


def _shape(code: str) -> str:
    """`AQ-1001` -> `AA-9999`: what codes of one system have in common."""
    return re.sub(r"[A-Za-z]", "A", re.sub(r"[0-9]", "9", code))


def _modules(subject: Subject) -> list[ast.Module]:
    """The source of the connector's own modules, the department's left out."""
    own = [path for path in subject.folder.glob("*.py") if not path.name.startswith("sandbox")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in own]


def _words(subject: Subject) -> set[str]:
    """Every text and number that stands by itself in the connector's own modules."""
    nodes = (node for module in _modules(subject) for node in ast.walk(module))
    return {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def _constant(module: ast.Module, name: str) -> object:
    for node in module.body:
        if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == [name]:
            return getattr(node.value, "value", None)
    return None
