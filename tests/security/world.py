"""One of everything that an address can name, in one grid, and people of every role with that grid and with another.

Everything of it carries a canary: values that stand nowhere else, so that seeing one is seeing this grid.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.catalogue.targets import targets
from gridapp.contract import Kind
from gridapp.delivery import redrawing, sheets
from gridapp.delivery.models import Delivery, Evidence, Status
from gridapp.delivery.plan import plan
from gridapp.org import devices, fresh, suggestions, tokens
from gridapp.org.models import ApiToken, Role, User
from gridapp.registry import exports, ledgers, objections, rights
from gridapp.registry.exports import Wish
from gridapp.registry.models import Record, SavedSearch, SetAside
from gridapp.registry.objections import Source
from gridapp.review.models import Subscription
from gridapp.webhooks import endpoints
from tests import factories
from tests.registry.ledger_books import book, person
from tests.setting_aside import collision

FAR = "990101002001001"
"""A grid of another sub-district: nobody named `far_…` has anything of the first one."""
CANARY = {
    "name": "金丝雀甲", "id_number": factories.id_number(date(1961, 7, 9)), "phone": "13966667771",
    "hukou_address": "金丝雀路77号",
}  # fmt: skip
OWNER, OWNER_PHONE, WORDS = "金丝雀房主", "13966667772", "金丝雀说导入模板来不及"
ROLES = [role.value for role in Role]
NOBODY = ["anonymous"]
NOTHING = {"uuid": UUID(int=0), "int": 999999999}
"""What stands where an address names something that this world does not have; its line is marked `gone`."""
REPORTS = ("", "pdf/", "workbook/")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


@dataclass
class World:
    """See `made`. `named`: what stands in the place of a converter of an address, by its name."""

    resident: Record
    flat: Record
    target: Target
    people: dict[str, User]
    tokens: dict[str, str]
    sessions: dict[str, str]
    named: dict[str, Any] = field(default_factory=dict)
    of_route: dict[str, dict[str, Any]] = field(default_factory=dict)

    def canaries(self, address: str) -> list[str]:
        """What nobody of another grid may ever read in an answer; an id that stands in the address tells nobody."""
        values = [*CANARY.values(), OWNER, OWNER_PHONE, WORDS, str(self.flat.building_id)]
        return values + [
            str(found.pk) for found in (self.resident, self.flat) if str(found.pk) not in self.path(address)
        ]

    def path(self, address: str) -> str:
        """The address of this grid's own things."""
        named = self.named | self.of_route.get(address, {})
        return re.sub(r"<(\w+):(\w+)>", lambda found: str(named.get(found[2], NOTHING.get(found[1], "none"))), address)

    def client(self, persona: str, *, strict: bool = False) -> Client:
        """A signed-in browser; of anybody who is none of the people one that is not. `strict`: tokens are asked for."""
        made = Client(enforce_csrf_checks=strict, raise_request_exception=False)
        if persona in self.sessions:
            made.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[persona]
        return made


def made(target: Target) -> World:
    """Everything, in one grid. `target`: filled in by hand, by card and workbook."""
    people = _people()
    worker, supervisor = people["worker"], people["supervisor"]
    building = factories.BuildingFactory.create(code="9901010010017777771", estate_name="金丝雀花园")
    flat = factories.flat(worker, building, owner_name=OWNER, owner_phone=OWNER_PHONE)
    resident = factories.resident(worker, flat, **CANARY)
    people["officer"].systems.create(target=target, named_by=people["administrator"])
    TargetOfficer.objects.create(target=target, user=people["far_officer"], named_by=people["administrator"])
    issued = {name: tokens.issue(user) for name, user in people.items()}
    world = World(resident, flat, target, people, issued, {name: _session(user) for name, user in people.items()})
    waiting = _waiting(target, resident, flat)
    world.named = {
        "key": target.key, "record_id": resident.pk, "delivery_id": waiting.pk, "number": 1, "kind": "resident",
        "purpose": "resident", "code": factories.GRID, "period": f"{timezone.localdate():%Y-%m-%d}",
        "user_id": worker.pk, "device_id": _tablet(worker), "objection_id": _objection(resident, supervisor),
        "suggestion_id": suggestions.suggest(WORDS, by=worker, suggestion_id=uuid4()).pk,
        "sheet_id": _sheet(target, supervisor), "picture_id": _picture(waiting), "ledger_id": _ledger(supervisor, flat),
        "export_id": exports.ask(Wish("resident", {}, "金丝雀核对"), by=supervisor, rows=1).pk,
        "saved_id": _saved(supervisor), "subscription_id": _subscription(supervisor),
        "run_id": redrawing.begin_planning([factories.GRID], by=supervisor).pk,  # type: ignore[union-attr]
        "entry_id": _set_aside(worker, resident).pk, "token_id": ApiToken.objects.earliest("pk").pk,
        "endpoint_id": _endpoint(people), "request_id": _request(resident, supervisor),
    }  # fmt: skip
    doubt = Delivery.objects.filter(record=resident).exclude(target=target)[0]
    Delivery.objects.filter(pk=doubt.pk).update(status=Status.UNCERTAIN, due_at=None, hold="", waits_for="")
    world.of_route = {
        "review/uncertain/<int:delivery_id>/": {"delivery_id": doubt.pk},
        "api/v1/entries/<uuid:entry_id>/": {"entry_id": resident.entries.get().id},
        "work/<slug:key>/": {"key": "aside"},
        **{f"review/reports/<slug:code>/<slug:period>/{what}": {"code": "990101001"} for what in REPORTS},
    }
    return world


def _endpoint(people: dict[str, User]) -> UUID:
    told = {"user": people["supervisor"], "by": people["security"]}
    return endpoints.make("测试系统", "https://a.example/", ["record.closed"], **told)[0].pk


def _request(resident: Record, by: User) -> UUID:
    wish = rights.Wish("access", "card", "金丝雀想知道给了谁", "打新号码")
    return rights.lodge(uuid4(), resident, wish, by=by).pk


def _people() -> dict[str, User]:
    near = {Role.WORKER: factories.GRID, Role.SUPERVISOR: "990101001", Role.OFFICER: "990101001"}
    people = {}
    for role in Role:
        name = str(role.value)
        areas = [near.get(role, "990101001")]
        people[name] = factories.UserFactory.create(username=name, role=role, areas=areas)
        people[f"far_{name}"] = factories.UserFactory.create(username=f"far_{name}", role=role, areas=[FAR])
    return people


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    session = client.session
    session[fresh.MARK] = time.time()  # they have just shown who they are: that is not what is asked here
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _waiting(target: Target, *records: Record) -> Delivery:
    with transaction.atomic():
        plan([record.pk for record in records])
    rows = Delivery.objects.filter(target=target)
    rows.update(status=Status.MANUAL, due_at=None, reason_code="by_hand", reason="等待导出到导入模板")
    return rows.get(record=records[0])


def _tablet(worker: User) -> UUID:
    device_id = uuid4()
    devices.seen(device_id, user=worker, session_key="", waiting=2, oldest=timedelta(days=2))
    return device_id


def _objection(resident: Record, by: User) -> UUID:
    told = {"source": Source.RESIDENT, "reason": "号码换了", "contact": "打新号码"}
    return objections.lodge(uuid4(), resident, "phone", "13966667773", by=by, **told).pk


def _sheet(target: Target, by: User) -> int:
    one = next(one for one in targets() if one.target.key == target.key)
    sheet = sheets.export(one, Kind.HOUSING, by=by)
    assert sheet is not None
    return sheet.pk


def _picture(delivery: Delivery) -> int:
    row = Evidence(delivery=delivery, version=1)
    row.sealed = sealing.seal(PNG, bound_to=row.bound_to)
    row.save(force_insert=True)
    return row.pk


def _ledger(by: User, flat: Record) -> UUID:
    Record.objects.filter(pk=flat.pk).update(housing_code=f"{flat.building_id}000301")
    rows = book(person(f"{flat.building_id}000301", name="金丝雀乙"))
    return ledgers.begin(rows, by=by, name="金丝雀.xlsx", grid_code=flat.grid_code).pk


def _saved(owner: User) -> UUID:
    row = SavedSearch(owner=owner)
    row.sealed = sealing.seal_json({"name": "金丝雀", "criteria": {}}, bound_to=row.bound_to)
    row.save(force_insert=True)
    return row.pk


def _subscription(user: User) -> int:
    row = Subscription(user=user, area_code="990101001", every=Subscription.Every.DAY, language="zh-hans")
    row.sealed_address = sealing.seal(b"canary@example.com", bound_to=row.bound_to)
    row.save(force_insert=True)
    return row.pk


def _set_aside(worker: User, resident: Record) -> SetAside:
    return collision(worker, resident, phone="13966667774")


def changes() -> dict[str, tuple[int, int]]:
    """How often rows of each of our tables were written: two equal answers, and nothing was in between.

    What notes that somebody looked is left out: notes of the audit, sessions, sign-ins, how busy a tablet is.
    """
    tables = [name for name in connection.introspection.table_names() if name.startswith(KEPT)]
    parts = [
        f"SELECT '{name}', count(*), coalesce(sum(xmin::text::bigint), 0) FROM {name}"
        for name in sorted(tables)
        if name not in NOTED
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (int(rows), int(written)) for name, rows, written in cursor.fetchall()}


KEPT = ("registry_", "delivery_", "catalogue_", "org_", "review_")
NOTED = {
    "org_user",
    "org_device",
    "org_opensession",
    "org_apitoken",
    "org_throttled",
    "registry_looked",
    "delivery_fieldset",
}
