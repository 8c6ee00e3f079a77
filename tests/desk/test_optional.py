"""The word 选填 stands exactly where a field can be left out, and nothing that is needed is folded away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import lxml.html
import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from gridapp import catalogue, dictionary, sealing
from gridapp.catalogue import asking
from gridapp.catalogue import targets as configured
from gridapp.contract import ALWAYS, Kind, Layout, Profile, Row
from gridapp.desk import draft as drafts
from gridapp.desk import form_page, groups
from gridapp.desk.draft import Action, Draft
from gridapp.registry import EntryForm
from gridapp.registry.models import Record
from tests.desk.cast import GRID
from tests.stack import golden

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("targets", "static_root")]

HANDBOOK = json.loads((Path(__file__).parent.parent / "domain" / "golden.json").read_text(encoding="utf-8"))
OURS = {
    "id_type": "id_type",
    "id": "id_number",
    "kind": "residency.residency_kind",
    "start": "residency.start_date",
    "uscc": "employer_uscc",
    "occ": "occupation_category",
    "rental": "housing.is_rental",
    "dangers": "housing.hidden_danger_types",
    "mode": "housing.rental_mode",
}
HUKOU = {"LD": "440305", "HJ": "990101", "JW": "810000"}
FLAT = {"housing.division_code": "990101001001", "housing.address": "测试路12号301室", "housing.is_rental": True}


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    return dict(EntryForm.parse({"id": str(uuid4()), "grid_code": GRID, **body}).fields)


def of_the_handbook(case: dict[str, Any]) -> dict[str, Any]:
    """What is known of a case there, with the hukou that makes its category what the case says."""
    found = {OURS[name]: value for name, value in case["input"].items() if name in OURS}
    if case["input"].get("tenancy"):
        found |= {"tenancy.lease_start": "20240301", "tenancy.lease_end": "20300228"}
    if category := case["input"].get("cat"):
        found["hukou_division"] = HUKOU[category]
    return found


def forms() -> Iterator[tuple[str, Draft]]:
    """Every golden case, whole and as far as its document and its kind of home, and forms nobody has begun."""
    for name, body in {**golden.homes(), **golden.people(str(uuid4()))}.items():
        yield name, of(body["kind"], fields_of(body))
    for case in HANDBOOK:
        yield f"{case['case']} of the handbook", of(case["kind"], of_the_handbook(case))
    for kind in Kind:
        yield f"a new {kind}", of(kind, {})
    yield "a shop", of("housing", {"housing.house_form": "7", "premises.place_type": "03"})
    yield "a lease begun", of("housing", {"housing.is_rental": "true", "tenancy.lease_start": "20240301"})
    yield "no document", of("resident", {"id_type": "990"})
    moving = of("move", {}, known={"id_type": "111", "id_number": "990101199202290010", **FLAT})
    moving.record = Record(kind="resident")
    moving.record.sealed = sealing.seal_json({"name": "测试甲"}, bound_to=moving.record.bound_to)
    yield "a move", moving
    yield "a departure", of("close", {})


def of(kind: str, values: dict[str, Any], *, known: dict[str, Any] | None = None) -> Draft:
    shown = {
        name: value if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if name in groups.names(kind)
    }
    return drafts.fresh(kind, Action.CREATE, values=shown, known=FLAT if known is None else known)


def required(draft: Draft) -> set[str]:
    """What nobody can leave out, by the catalogue, the dictionary and the registry, none of it read from the page."""
    view, _refused = draft.judged(on=timezone.localdate())
    always = {name for name in groups.names(draft.kind) if dictionary.field(name).required == "Y"}
    follows = view.keys() - draft.fields().keys() - draft.known.keys()
    demanded = {*catalogue.needed(view, draft.record_kind), *asking.compulsory(view)} - follows
    return {*always, *groups.ALWAYS[draft.kind], *demanded}


def rendered(draft: Draft) -> lxml.html.HtmlElement:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    page = {"page": form_page.page(draft), "draft": draft, "kind": draft.kind}
    with translation.override("zh-hans"):
        return lxml.html.fromstring(render_to_string("desk/form.html", page, request))


CASES = dict(forms())


@pytest.mark.parametrize("case", CASES)
def test_a_field_is_called_optional_when_it_is_neither_needed_nor_required(case: str) -> None:
    draft = CASES[case]

    page = rendered(draft)

    asked = page.xpath("//*[@data-field and not(@hidden)]")
    called = {field.get("data-field"): "选填" in field.xpath("string(label|legend)") for field in asked}
    assert called == {name: name not in required(draft) for name in called}
    assert asked


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_is_needed_is_folded_away(case: str) -> None:
    draft = CASES[case]

    folded = set(rendered(draft).xpath("//*[@data-folded]//@data-field"))

    assert folded & required(draft) == set()


@pytest.mark.parametrize("case", [name for name in CASES if CASES[name].kind in list(Kind)])
def test_the_live_check_is_told_of_everything_that_is_needed(case: str) -> None:
    draft = CASES[case]

    told = set(form_page.check(draft).needed)

    named = {name for name in required(draft) if name in groups.names(draft.kind)}
    assert {name for name in named if dictionary.field(name).required != "Y"} <= told


TENANT = {"id_type": "111", "id_number": "990101199202290010", "residency.residency_kind": "2",
          "hukou_division": "440305"}  # fmt: skip
LODGER_OF_EIGHT = TENANT | {"id_number": "990101201805060011"}
"""A child: whether it is the owner's or the tenant's does not follow from how it lives there."""


@pytest.mark.parametrize(
    ("values", "follows"),
    [
        (TENANT, {"residency.relation_to_owner": "承租人"}),
        (TENANT | {"residency.relation_to_owner": "6"}, {}),
        (LODGER_OF_EIGHT, {"marital_status": "未婚", "political_status": "群众"}),
    ],
)
def test_what_follows_from_the_rest_is_said_and_can_be_left_out(
    values: dict[str, str], follows: dict[str, str]
) -> None:
    checked = form_page.check(of("resident", values))

    assert checked.follows == follows
    assert follows.keys() & set(checked.needed) == set()
    assert ("residency.relation_to_owner" in checked.needed) is ("residency.relation_to_owner" not in follows)


def test_what_follows_stands_beside_its_question() -> None:
    question = rendered(of("resident", TENANT)).get_element_by_id("f-residency-relation_to_owner")

    said = question.xpath("p[contains(@class, 'follows') and not(@hidden)]")
    assert [" ".join(one.text_content().split()) for one in said] == ["按已填的得出：承租人，不一样的才选"]


def _answers(name: str) -> some.SearchStrategy[Any]:
    defined = dictionary.field(name)
    if defined.table:
        codes = some.sampled_from(dictionary.table(defined.table).offered)
        return codes.map(lambda code: [code]) if defined.type == "codes" else codes
    fitting: dict[str, some.SearchStrategy[Any]] = {
        "bool": some.sampled_from(["true", "false"]),
        "date": some.integers(0, 25_000).map(lambda days: (date(2026, 1, 1) - timedelta(days=days)).isoformat()),
        "division": some.sampled_from(["990101", "440305", "810000"]),
        "integer": some.integers(1, 5).map(str),
        "document": some.sampled_from(["990101199202290010", "99010119380815004X", "81000019900307151X"]),
        "uscc": some.just("9199010100000001AQ"),
        "phone": some.just("13912345678"),
    }
    return fitting.get(defined.type, some.just("测试"))


def generated(kind: str) -> some.SearchStrategy[dict[str, Any]]:
    return some.fixed_dictionaries({}, optional={name: _answers(name) for name in groups.names(kind)})


def agrees(draft: Draft) -> None:
    page, must = form_page.page(draft), required(draft)
    for group in page.groups:
        assert {one.name for one in group.folded} & must == set()
        for one in (*group.questions, *group.folded):
            assert one.optional is (one.name not in must), one.name


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=generated("resident"), home=some.sampled_from([FLAT, {}, {**FLAT, "housing.is_rental": False}]))
def test_any_resident_however_far_the_form_is_filled_in(values: dict[str, Any], home: dict[str, Any]) -> None:
    agrees(of("resident", values, known=home))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=generated("housing"))
def test_any_home_however_far_the_form_is_filled_in(values: dict[str, Any]) -> None:
    agrees(of("housing", values))


def asking_for(*names: str) -> SimpleNamespace:
    """A system that cannot do without these of anybody."""
    layout = Layout(rows=tuple(Row(name, name, required=ALWAYS) for name in names))
    layouts = dict.fromkeys(Kind, layout)
    profile = Profile(key="X", slug="x", zh="测试系统", en="Test", owner="测试局", basis="测试法", layouts=layouts)
    return SimpleNamespace(target=SimpleNamespace(key="X"), profile=profile, live=True)


@pytest.fixture
def demanding(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`demanding(name, …)`: the district has one system more, which needs these."""

    def needs(*names: str) -> None:
        found = [*configured.targets(), asking_for(*names)]
        monkeypatch.setattr(configured, "targets", lambda: found)  # no department here needs a rare field

    return needs


@pytest.mark.parametrize("kind", list(Kind))
def test_a_rare_field_that_a_system_needs_comes_out_of_the_fold(kind: Kind, demanding: Callable[..., None]) -> None:
    rare = [name for group in groups.GROUPS[kind] for name in group.folded]
    demanding(*rare)

    page = form_page.page(of(kind, {}))

    drawn = {one.name: one for group in page.groups for one in group.questions}
    assert [(drawn[name].shown, drawn[name].optional) for name in rare] == [(True, False)] * len(rare)
    assert [one.name for group in page.groups for one in group.folded] == []


def test_what_follows_from_others_makes_those_needed(demanding: Callable[..., None]) -> None:
    demanding("tenancy.lessor_name", "residency.dwelling_type")

    assert "housing.owner_name" in catalogue.needed({}, "housing")
    assert "residency.residency_kind" in catalogue.needed({}, "resident")


def test_a_folded_field_with_a_word_from_a_department_is_in_sight() -> None:
    draft = of("resident", {})
    draft.told = {"former_name": "与公安登记不一致"}

    group = next(one for one in form_page.page(draft).groups if one.key == "person")

    assert group.has_folded
    assert group.unfolded
