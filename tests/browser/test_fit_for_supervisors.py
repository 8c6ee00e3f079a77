"""The pages of supervisors and administrators, in Chinese and English."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from gridapp import sealing
from gridapp.audit import anchoring
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue import targets
from gridapp.contract import Kind
from gridapp.delivery import brought, sheets
from gridapp.delivery.models import Delivery, Evidence
from gridapp.org import devices, suggestions, tokens
from gridapp.org.models import Role, User
from gridapp.registry.models import Shown, UnusualDay
from gridapp.review import audit_tasks
from gridapp.webhooks import endpoints
from gridapp.webhooks.models import Message
from tests.audit.intruding import intrude, notes
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server
from tests.browser.test_review_on_a_tablet import paths  # noqa: F401 - fixtures
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.factories import UserFactory
from tests.review.cast import paper, people, waiting  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = [
    *("targets", "target-paper", "target", "coverage", "coverage-resident", "reconciliations", "preview"),
    *("preview-housing", "byhand", "queue", "card", "uncertain", "home-supervisor"),
]

REPORTS = [
    *(("reports", "/review/reports/"), ("report-mail", "/review/reports/mail/")),
    ("report", f"/review/reports/990101001/{timezone.localdate()}/"),
]


@pytest.fixture(params=["zh", "en"])
def walk(request: pytest.FixtureRequest, open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    page.context.add_cookies(
        [{"name": "django_language", "value": "en" if request.param == "en" else "zh-hans", "url": live_server.url}]
    )
    return Walk(page, live_server.url, request.param)


def test_what_a_supervisor_sees(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    worker: User,
    paths: list[str],  # noqa: F811
    waiting: dict[str, Delivery],  # noqa: F811
) -> None:
    suggestions.suggest("导入模板每周改一次，来不及。", by=worker, suggestion_id=uuid4(), page="desk:record")
    told = suggestions.suggest("户号要填两遍。", by=worker, suggestion_id=uuid4(), signed=False)
    suggestions.answer(told, "已改。", by=people["supervisor"])
    some_tablets(worker, by=people["supervisor"])
    sign_in(walk.page, people["supervisor"])

    for name, path in zip(NAMES, paths, strict=True):
        walk.open(path)
        walk.look(name)
    for name in ("suggestions", "devices"):
        walk.open(f"/review/{name}/")
        walk.look(name)
    walk.open("/held/")
    walk.look("held")
    for name, path in (("dashboard", "/review/?period=month"), ("returned", "/review/returned/"), *REPORTS):
        walk.open(path)
        walk.look(name)
    for name, path in (("answer", an_answer(people["supervisor"])), ("pictures", pictures(waiting["housing"]))):
        walk.open(path)
        walk.look(name)
    walk.open("/review/lanes/", status=403)
    walk.look("forbidden")

    assert walk.found == []


def an_answer(by: User) -> str:
    """A workbook was brought back, and one row of it was not taken; the page where that is looked at."""
    one = next(one for one in targets.targets() if one.target.key == "PAPER")
    sheet = sheets.export(one, Kind.RESIDENT, by=by)
    assert sheet is not None
    brought.keep(sheet, one, '{"1": "空号"}'.encode(), by=by)
    return f"/review/byhand/PAPER/sheets/{sheet.pk}/answer/"


def pictures(row: Delivery) -> str:
    """A browser has filled it in, and kept what it saw; the list of that."""
    seen = Evidence(delivery=row, version=1)
    seen.sealed = sealing.seal(b"PNG", bound_to=seen.bound_to)
    seen.save()
    return "/review/byhand/PAPER/pictures/"


def some_tablets(worker: User, *, by: User) -> None:
    """One that has sent everything, one that waits too long, one that was lost."""
    lost = uuid4()
    for device, left, hours in ((uuid4(), 0, 0), (uuid4(), 3, 40), (lost, 1, 2)):
        devices.seen(device, user=worker, session_key="", waiting=left, oldest=timedelta(hours=hours))
    assert devices.report_lost(lost, by=by)


def test_what_an_administrator_sees(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    waiting: dict[str, Delivery],  # noqa: F811
) -> None:
    sign_in(walk.page, people["administrator"])

    for name, path in (("lanes", "/review/lanes/"), ("lane", "/review/lanes/PAPER/")):
        walk.open(path)
        walk.look(name)

    assert walk.found == []


def test_what_an_auditor_sees(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    tmp_path: Path,
    settings: Any,
) -> None:
    """Two ways to be turned away, a chain that was anchored, and a row of it that was changed."""
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors")
    intruded = notes(60)
    anchoring.anchor()
    intrude("UPDATE audit_note SET by = 8 WHERE id = %s", intruded[4])
    audit_tasks.verify_chain()
    note(Act.TURNED_AWAY, by=people["auditor"].pk, about="target:PAPER", result="refused", route="review:settle")
    sign_in(walk.page, people["auditor"])

    for name, path in (("audit", "/review/audit/"), ("audit-nothing", "/review/audit/?act=none")):
        walk.open(path)
        walk.look(name)

    assert walk.found == []


def test_what_a_security_administrator_gives_other_systems(walk: Walk, sign_in: SignIn) -> None:
    by = UserFactory.create(username="security", role=Role.SECURITY, areas=["990101"])
    vendor = UserFactory.create(username="vendor")
    tokens.issue(vendor, purpose="手持终端对接", contact="测试公司 0755-00000000", networks=["10.1.2.0/24"], by=by)
    told = {"events": ["delivery.changed"], "user": vendor, "by": by}
    endpoint, _secret = endpoints.make("测试系统", "https://a.example/", **told)  # type: ignore[arg-type]
    endpoints.test(endpoint)
    Message.objects.update(status="failed", tries=3, answer=503)
    endpoints.test(endpoint)
    sign_in(walk.page, by)

    UnusualDay.objects.create(user=vendor, day=timezone.localdate(), looks=310, usual=40)
    Shown.objects.create(user=vendor, record_id=uuid4(), fields=["id_number"], why="visit")
    for name in (
        "looking",
        "keys",
        "retention",
        "tokens",
        "tokens/new",
        "webhooks",
        "webhooks/new",
        f"webhooks/{endpoint.pk}",
    ):
        walk.open(f"/review/{name}/")
        walk.look(name.replace("/", "-") if str(endpoint.pk) not in name else "webhook")

    assert walk.found == []


def test_nothing_to_do(walk: Walk, sign_in: SignIn, people: dict[str, User]) -> None:  # noqa: F811
    sign_in(walk.page, people["supervisor"])

    for name in ("byhand", "uncertain", "suggestions", "conflicts", "retention", "devices"):
        walk.open(f"/review/{name}/")
        walk.look(f"{name}-empty")

    assert walk.found == []
