"""Something went astray: who, which fields, how many people and whose, from when to when, from what was noted anyway.

What is counted is what the account, tablet or token can have seen, or the system or file can have given away: an upper
bound that is exact where each act was noted, and says where it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.catalogue.models import Target
from gridapp.dictionary import derive, under_14
from gridapp.org import tablet_users
from gridapp.org.models import ApiToken, Device, User
from gridapp.org.tablet_users import Used, Users
from gridapp.registry import exports
from gridapp.registry.documents import opened
from gridapp.registry.exports_columns import COLUMNS, WHOLE
from gridapp.registry.models import Entry, Export, Exported, Objection, Record

from . import disclosure
from .models import Attempt, Delivery

CAUSES: Mapping[str, str | Promise] = {
    "account": _("账号被盗用或滥用"),
    "tablet": _("平板遗失"),
    "token": _("接口令牌泄露"),
    "target": _("部门系统泄露"),
    "export": _("导出文件泄露"),
}
DEADLINES: tuple[tuple[timedelta, str | Promise], ...] = (
    (timedelta(hours=1), _("关键信息基础设施：向保护工作部门和公安机关报告")),
    (timedelta(hours=2), _("中央和国家机关及其直属单位：向本部门网信工作机构报告")),
    (timedelta(hours=4), _("其他网络运营者：较大以上事件向属地省级网信部门报告")),
)
"""From when it was found (国家网络安全事件报告管理办法, in force since 2025-11-01); PIPL 57 asks to act at once."""
MOST_LINES = 5000
_SEARCHES = frozenset({Act.SEARCHED})


class Unknown(Exception):
    """There is no such account, tablet, token, system or file."""


@dataclass(slots=True)
class Touched:
    """One record. `ways`: acts; `fields`: canonical names whose whole values went out or were shown."""

    record_id: UUID
    first_at: datetime
    last_at: datetime
    ways: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Line:
    """One act of the timeline."""

    at: datetime
    act: str
    about: str
    result: str
    address: str


@dataclass(frozen=True)
class Incident:
    """`people`, `homes`, `deleted`: records, by what they are; `children`: of the people those under 14.

    `masked`: people of whom no whole value was shown or sent. `by_area`: community -> people. `searches`: whose hits
    were not written down one by one. `users`: of a tablet, who was signed in there when, and how surely that is known.
    """

    cause: str
    which: str
    who: str
    since: datetime
    until: datetime
    found_at: datetime
    touched: Mapping[UUID, Touched]
    grids: Mapping[UUID, str]
    people: int
    homes: int
    deleted: int
    children: int
    masked: int
    fields: Mapping[str, int]
    by_area: Mapping[str, int]
    searches: int
    timeline: tuple[Line, ...]
    users: Users | None = None

    @property
    def deadlines(self) -> list[tuple[datetime, str]]:
        """Until when it has to be reported to whom, soonest first."""
        return [(self.found_at + after, str(words)) for after, words in DEADLINES]


@dataclass(frozen=True, slots=True)
class Asked:
    """`which`: user name, id of a tablet, beginning of a token, key of a system, number of a file."""

    cause: str
    which: str
    since: datetime
    until: datetime
    found_at: datetime


def look(asked: Asked) -> Incident:
    """Everything that is known of it. Raises Unknown."""
    if asked.cause not in CAUSES or not asked.since < asked.until:
        raise Unknown
    touched: dict[UUID, Touched] = {}
    if asked.cause == "target":
        who, notes = _by_target(asked, touched)
    elif asked.cause == "export":
        who, notes = _by_export(asked, touched)
    else:
        users, only = _whose(asked)
        who, notes = _by_accounts(users, only, touched)
        return replace(_counted(asked, who, touched, notes), users=users if asked.cause == "tablet" else None)
    return _counted(asked, who, touched, notes)


def _by_accounts(users: Users, only: Q, touched: dict[UUID, Touched]) -> tuple[str, list[Note]]:
    """What each of them did in their time."""
    theirs = Q()
    for one in users.used:
        theirs |= Q(by=one.user.pk, at__gte=one.since, at__lt=one.until)
    notes = list(Note.objects.filter(only & theirs).order_by("id"))
    done = [note for note in notes if note.result == "done"]
    leads = _leads(done)
    for note in done:
        for record_id, fields in leads.get(note.about, []):
            shown = {name for name in note.what.get("fields", []) if isinstance(name, str)}
            whole = shown if note.act == Act.VALUES_SHOWN else fields
            _touch(touched, record_id, note.at, str(note.act_label), whole)
    return "、".join(dict.fromkeys(one.user.username for one in users.used)), notes


def _whose(asked: Asked) -> tuple[Users, Q]:
    """Whose acts of which time, and which of them."""
    if asked.cause == "tablet":
        tablet = next((one for one in Device.objects.select_related("user") if asked.which in _names(one)), None)
        if tablet is None:
            raise Unknown
        return tablet_users.between(tablet, asked.since, asked.until), Q()
    if asked.cause == "account":
        found = User.objects.filter(username=asked.which).first()
        only = Q()
    else:
        tokens = ApiToken.objects.filter(prefix=asked.which).select_related("user")
        token = tokens.first() if asked.which else None
        found = token.user if token else None
        only = Q(what__route__startswith="api:") | Q(act=Act.ENTERED)
    if found is None:
        raise Unknown
    return Users((Used(found, asked.since, asked.until),), is_known=True, forgotten=False), only


def _names(tablet: Device) -> set[str]:
    return {str(tablet.pk), tablet.short_id}


def _leads(notes: Iterable[Note]) -> dict[str, list[tuple[UUID, set[str]]]]:
    """What a note is about -> the records that it shows, and which whole values of them."""
    about = {note.about for note in notes if note.about}
    leads: dict[str, list[tuple[UUID, set[str]]]] = {}
    for name in about:
        kind, _colon, key = name.partition(":")
        if kind == "record" and (record_id := _uuid(key)):
            leads[name] = [(record_id, set())]
    ids = {name: int(name[9:]) for name in about if name.startswith("delivery:") and name[9:].isdecimal()}
    owners = dict(Delivery.objects.filter(pk__in=ids.values()).values_list("pk", "record_id"))
    leads |= {name: [(owners[pk], set())] for name, pk in ids.items() if pk in owners}
    for kind, model, column in (("entry", Entry, "id"), ("objection", Objection, "id")):
        found = {name: _uuid(name.removeprefix(f"{kind}:")) for name in about if name.startswith(f"{kind}:")}
        rows = dict(model._default_manager.filter(**{f"{column}__in": found.values()}).values_list(column, "record_id"))
        leads |= {name: [(rows[key], set())] for name, key in found.items() if key in rows}
    fetched = {note.about for note in notes if note.act == Act.EXPORT_FETCHED}
    for name in fetched:
        if export_id := _uuid(name.removeprefix("export:")):
            leads[name] = _of_export(export_id)
    return leads


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _of_export(export_id: UUID) -> list[tuple[UUID, set[str]]]:
    """Whose rows a file has, and which columns of it are whole."""
    export = Export.objects.filter(pk=export_id).first()
    if export is None:
        return []
    numbers = exports.wish_of(export).numbers
    whole = {name for name in COLUMNS[export.kind] if name not in WHOLE or numbers}
    parts = Exported.objects.filter(export=export).values_list("records", flat=True)
    return [(record_id, whole) for part in parts for record_id in part]


def _by_export(asked: Asked, touched: dict[UUID, Touched]) -> tuple[str, list[Note]]:
    wanted = asked.which.lower()
    found = [one for one in Export.objects.select_related("by") if wanted in {str(one.pk), one.short_id.lower()}]
    if not found:
        raise Unknown
    export = found[0]
    at = export.fetched_at or export.ready_at or export.asked_at
    for record_id, fields in _of_export(export.pk):
        _touch(touched, record_id, at, str(Act.EXPORT_FETCHED.label), fields)
    return export.by.username, list(Note.objects.filter(about=f"export:{export.pk}").order_by("id"))


def _by_target(asked: Asked, touched: dict[UUID, Touched]) -> tuple[str, list[Note]]:
    target = Target.objects.filter(key=asked.which).first()
    if target is None:
        raise Unknown
    tries = Attempt.objects.filter(
        delivery__target=target, started_at__gte=asked.since, started_at__lt=asked.until
    ).select_related("delivery")
    sets = disclosure.names_of(tries.values_list("told", flat=True).distinct())
    for attempt in tries.iterator(chunk_size=2000):
        if disclosure.left(attempt):
            names = set(sets.get(attempt.told or -1, ()))
            _touch(touched, attempt.delivery.record_id, attempt.started_at, target.key, names)
    notes = Note.objects.filter(about=f"target:{target.key}", at__gte=asked.since, at__lt=asked.until)
    return target.key, list(notes.order_by("id"))


def _touch(touched: dict[UUID, Touched], record_id: UUID, at: datetime, way: str, fields: Iterable[str]) -> None:
    one = touched.setdefault(record_id, Touched(record_id, at, at))
    one.first_at, one.last_at = min(one.first_at, at), max(one.last_at, at)
    one.ways.add(way)
    one.fields.update(fields)


def _counted(asked: Asked, who: str, touched: dict[UUID, Touched], notes: list[Note]) -> Incident:
    on = timezone.localdate()
    grids: dict[UUID, str] = {}
    people, homes, children = set[UUID](), 0, 0
    for record in Record.objects.filter(pk__in=touched).iterator(chunk_size=1000):
        grids[record.pk] = record.grid_code
        if record.kind == Record.Kind.HOUSING:
            homes += 1
            continue
        people.add(record.pk)
        children += under_14(_known(record), on)
    return Incident(
        cause=asked.cause,
        which=asked.which,
        who=who,
        since=asked.since,
        until=asked.until,
        found_at=asked.found_at,
        touched=touched,
        grids=grids,
        people=len(people),
        homes=homes,
        deleted=sum(1 for code in grids.values() if not code) + len(touched.keys() - grids.keys()),
        children=children,
        masked=sum(1 for record_id in people if not touched[record_id].fields),
        fields=dict(Counter(name for record_id in people for name in touched[record_id].fields).most_common()),
        by_area=dict(sorted(Counter(grids[record_id][:12] for record_id in people).items())),
        searches=sum(1 for note in notes if note.act in _SEARCHES),
        timeline=tuple(_line(note) for note in notes[:MOST_LINES]),
    )


def _known(record: Record) -> dict[str, Any]:
    return derive(opened(record.sealed, record.bound_to), on=timezone.localdate(), home_city="")


def _line(note: Note) -> Line:
    return Line(note.at, note.act_label, note.about, note.result, note.address or "")
