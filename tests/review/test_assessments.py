"""影响评估: where data is real nothing is switched on without one that holds; it is filed, shown, audited, missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.catalogue import assessments
from gridapp.catalogue.assessments import Said
from gridapp.catalogue.models import Assessment, EnablingRequest, Target, TargetChange
from gridapp.org.models import User
from gridapp.watch.doctor import Level
from gridapp.watch.doctor import assessments as doctor
from tests.review.settled import ENABLING, PAGE, As, decide, do, now
from tests.review.test_target_enabling import entry
from tests.watch.looking import looked


def on(ahead: int = 0) -> str:
    """Today, or so many days later, as it is typed."""
    return f"{timezone.localdate() + timedelta(days=ahead)}"


def said(**changed: str) -> dict[str, str]:
    usual = Said(on(), "区政务服务数据管理局", "影评〔2026〕3号", "fit", "", on(365))
    return {name: getattr(usual, name) for name in Said.__dataclass_fields__} | changed


def filed(row: Target, by: User, **changed: str) -> Assessment:
    return assessments.record(row, Said(**said(**changed)), by=by)


@pytest.fixture
def real(settings: Settings) -> Settings:
    """Production: what is entered there is of residents."""
    settings.DEVELOPMENT = False
    return settings


def test_without_one_nothing_can_be_asked_for(real: Settings, as_: As, plain: Target, named: User) -> None:
    client = as_("administrator")

    answer = do(client, "ask", **entry(named))
    page = client.get(PAGE).content.decode()

    assert "还没有登记有效的个人信息保护影响评估" in answer
    assert "还没有登记有效的个人信息保护影响评估" in page
    assert not EnablingRequest.objects.exists()


def test_filed_on_the_page_it_is_asked_for_consented_to_and_shown(
    real: Settings, as_: As, second: Client, plain: Target, named: User, people: dict[str, User]
) -> None:
    client = as_("administrator")

    answer = do(client, "assess", **said())
    do(client, "ask", **entry(named))
    shown = second.get(ENABLING).content.decode()
    decide(second, "consent")

    assert "已登记影响评估" in answer
    assert now(plain).enabled
    row = Assessment.objects.get()
    assert (row.title, row.made_by, row.conclusion) == ("影评〔2026〕3号", "区政务服务数据管理局", "fit")
    assert row.recorded_by == people["administrator"]
    for page in (
        shown,
        client.get(PAGE).content.decode(),
        as_("auditor").get("/review/targets/PLAIN/").content.decode(),
    ):
        assert "影评〔2026〕3号" in page
    assert TargetChange.objects.filter(target=plain, what="assessed").count() == 1
    assert Note.objects.filter(act=Act.TARGET_SET, about="target:PLAIN", what__did="assessed").count() == 1


@pytest.mark.parametrize(
    "changed",
    [lambda: {"conclusion": "unfit"}, lambda: {"made_on": on(-9), "valid_until": on(-1)}],
    ids=["unfit", "over"],
)
def test_a_later_one_that_says_no_or_is_over_ends_what_an_earlier_one_allowed(
    real: Settings,
    as_: As,
    second: Client,
    plain: Target,
    named: User,
    people: dict[str, User],
    changed: Callable[[], dict[str, str]],
) -> None:
    filed(plain, people["administrator"])
    do(as_("administrator"), "ask", **entry(named))
    filed(plain, people["administrator"], **changed())

    answer = decide(second, "consent")

    assert "没有有效的个人信息保护影响评估，不能启用" in answer
    assert EnablingRequest.objects.get().outcome == "waiting"
    assert not now(plain).enabled


def test_where_it_is_tried_out_none_is_asked_for(as_: As, second: Client, plain: Target, named: User) -> None:
    do(as_("administrator"), "ask", **entry(named))
    decide(second, "consent")

    assert now(plain).enabled


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("made_on", ""),
        ("made_on", "2026-02-30"),
        ("made_on", "tomorrow"),
        ("made_by", " "),
        ("title", ""),
        ("title", "x" * 201),
        ("conclusion", ""),
        ("conclusion", "other"),
        ("said", "x" * 301),
        ("valid_until", ""),
        ("valid_until", "2001-01-01"),
    ],
)
def test_what_is_not_said_is_asked_for_again(as_: As, plain: Target, name: str, value: str) -> None:
    answer = as_("administrator").post(
        f"{PAGE}act/", {"act": "assess", **said(**{name: on(1) if value == "tomorrow" else value})}
    )

    assert answer.status_code == 422
    assert f'id="set-{name}"' in answer.content.decode()
    assert str(assessments.LACKS[name]) in answer.content.decode()
    assert not Assessment.objects.exists()


def test_measures_are_named(as_: As, plain: Target) -> None:
    without = as_("administrator").post(f"{PAGE}act/", {"act": "assess", **said(conclusion="measures")})
    do(as_("administrator"), "assess", **said(conclusion="measures", said="只送姓名和地址"))

    assert without.status_code == 422
    assert assessments.holds(Assessment.objects.get(), timezone.localdate())


@pytest.mark.parametrize("role", ["worker", "supervisor", "officer", "auditor", "security"])
def test_nobody_else_files_one(as_: As, plain: Target, role: str) -> None:
    assert as_(role).post(f"{PAGE}act/", {"act": "assess", **said()}).status_code in {403, 404}
    assert not Assessment.objects.exists()


def test_the_database_refuses_one_that_never_holds(plain: Target, people: dict[str, User]) -> None:
    row = filed(plain, people["administrator"])

    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=row.pk).update(valid_until=on(-1))


def test_the_doctor_names_whoever_receives_without_one(plain: Target, people: dict[str, User]) -> None:
    Target.objects.update(enabled=False)
    Target.objects.filter(pk=plain.pk).update(enabled=True)

    without = looked(doctor.look)["assessments.held"]
    filed(plain, people["administrator"])
    held = looked(doctor.look)["assessments.held"]
    filed(plain, people["administrator"], conclusion="unfit")
    forbidden = looked(doctor.look)["assessments.held"]

    assert (without.level, held.level, forbidden.level) == (Level.WARN, Level.OK, Level.WARN)
    assert "PLAIN" in without.said
    assert without.remedy


def test_a_request_in_words_of_the_form_stays_as_it_was_typed(as_: As, plain: Target) -> None:
    page = as_("administrator").post(f"{PAGE}act/", {"act": "assess", **said(made_by="")}).content.decode()

    assert "影评〔2026〕3号" in page
