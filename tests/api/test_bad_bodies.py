"""Bodies that are no entry: each is answered with what is wrong in which field, and nothing of it is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from gridapp.api.body import LARGEST
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import Stored
from tests.api.description import DescribedClient

ENTRIES = "/api/v1/entries/"
SLOWEST = 2.0
"""Seconds, on a machine that does other things besides."""

Body = dict[str, Any] | bytes
Make = Callable[[Record, Record], Body]
"""From a flat of the worker's grid and one of another grid."""


def field(**fields: Any) -> Make:
    return lambda home, _: factories.resident_body(home, **fields)


def key(**keys: Any) -> Make:
    return lambda home, _: factories.resident_body(home) | keys


def lacking(name: str) -> Make:
    return lambda home, _: {key: value for key, value in factories.resident_body(home).items() if key != name}


def raw(body: bytes | str) -> Make:
    return lambda home, _: body.encode() if isinstance(body, str) else body


def patched(old: str, new: str | bytes, **fields: Any) -> Make:
    """A valid body as text, with one place of it replaced."""

    def make(home: Record, _: Record) -> bytes:
        text = json.dumps(factories.resident_body(home, **fields), ensure_ascii=False).encode()
        assert old.encode() in text
        return text.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1)

    return make


def encoded(encoding: str) -> Make:
    return lambda home, _: json.dumps(factories.resident_body(home), ensure_ascii=False).encode(encoding)


def flat(**fields: Any) -> Make:
    return lambda home, _: factories.act(home, "change", **fields)


def raw_version(home: Record, digits: str) -> bytes:
    return json.dumps(factories.resident_body(home) | {"base_version": "@"}).replace('"@"', digits).encode()


def change_of(home: Record, far: Record) -> Body:
    """A change of another grid's record, said to be in the worker's own."""
    return factories.act(far, "change", room_no="999") | {"grid_code": home.grid_code}


NOT_AN_OBJECT: list[tuple[str, Make, int, str]] = [
    ("nothing", raw(b""), 400, ""),
    ("blanks", raw(b" \n\t "), 400, ""),
    ("no json", raw("id=1&kind=resident"), 400, ""),
    ("a list", raw("[]"), 400, ""),
    ("a text", raw('"resident"'), 400, ""),
    ("null", raw("null"), 400, ""),
    ("a number", raw("12"), 400, ""),
    ("cut off", raw('{"id": "6f0c'), 400, ""),
    ("a comma too many", raw('{"kind": "resident",}'), 400, ""),
    ("two objects", raw('{"kind": "resident"}{"kind": "resident"}'), 400, ""),
    ("single quotes", raw("{'kind': 'resident'}"), 400, ""),
    ("a byte order mark", raw(b"\xef\xbb\xbf{}"), 400, ""),
    ("gbk", encoded("gbk"), 400, ""),
    ("utf-16", encoded("utf-16"), 400, ""),
    ("a bare NUL", patched('"测试甲"', b'"\x00"'), 400, ""),
    ("100,000 lists deep", raw("[" * 100_000), 400, ""),
    ("40,000 objects deep", raw('{"a":' * 40_000), 400, ""),
    ("60,000 lists deep in a field", patched('"测试甲"', "[" * 60_000 + "]" * 60_000), 400, ""),
    ("a name of a megabyte", field(name="王" * 350_000), 413, ""),
    ("a little too large", raw(b"{" + b" " * LARGEST + b"}"), 413, ""),
    ("an empty object", raw("{}"), 422, "id"),
]

NOT_JSON_VALUES: list[tuple[str, Make, int, str]] = [
    ("not a number", patched('"测试甲"', "NaN"), 400, "name"),
    ("infinity", patched('"测试甲"', "-Infinity"), 400, "name"),
    ("1e400", patched('"测试甲"', "1e400"), 400, "name"),
    ("an integer of 100,000 digits", patched('"测试甲"', "9" * 100_000), 400, "name"),
    ("an integer of 5,000 digits as version", lambda home, _: raw_version(home, "9" * 5_000), 400, "base_version"),
    ("a key twice", patched('"kind":', '"kind": "housing", "kind":'), 400, "kind"),
    ("a field twice", patched('"name":', '"name": "别人", "name":'), 400, "name"),
    ("half a character", patched("测试甲", "\\ud83d"), 400, "name"),
    ("half a character as a key", patched('"name":', '"\\ud83d":'), 422, "\\ud83d"),
    ("half a character in a list", patched('"kind":', '"confirmed": ["\\udc00"], "kind":'), 400, "confirmed"),
]

SHAPES: list[tuple[str, Make, int, str]] = [
    *((f"without {name}", lacking(name), 422, name) for name in ("id", "kind", "action", "grid_code", "housing")),
    ("no fields at all", lacking("fields"), 422, "id_number"),
    ("an id that is none", key(id="12"), 422, "id"),
    ("an id as a number", key(id=12), 422, "id"),
    ("an id with SQL", key(id="'; DROP TABLE registry_record; --"), 422, "id"),
    ("another kind", key(kind="person"), 422, "kind"),
    ("a kind of lists", key(kind=[["resident"]]), 422, "kind"),
    ("another action", key(action="delete"), 422, "action"),
    ("a move of a flat", lambda home, _: factories.act(home, "move"), 422, "action"),
    ("a grid too short", key(grid_code="990101"), 422, "grid_code"),
    ("a grid as a number", key(grid_code=990101001001001), 422, "grid_code"),
    ("a grid with a full-width digit", key(grid_code="\uff1990101001001001"), 422, "grid_code"),
    ("another grid", key(grid_code=factories.OTHER_GRID), 422, "grid_code"),
    ("a grid that is nowhere", key(grid_code="999999999999999"), 422, "grid_code"),
    ("a flat that is nowhere", key(housing=str(uuid4())), 422, "housing"),
    ("another grid's flat", lambda home, far: factories.resident_body(home) | {"housing": str(far.id)}, 422, "housing"),
    ("a flat as an object", key(housing={"id": 1}), 422, "housing"),
    ("a change of nothing", lambda home, _: factories.resident_body(home) | {"action": "change"}, 422, "record"),
    ("a change of nobody", key(action="change", record=str(uuid4()), housing=None), 404, ""),
    ("a change of another grid's flat", change_of, 404, ""),
    ("fields as a list", key(fields=[["name", "王"]]), 422, "fields"),
    ("fields as a text", key(fields="name=王"), 422, "fields"),
    ("a residency as a text", key(residency="2024-03-15"), 422, "residency"),
    ("a version as a text", key(base_version="1"), 422, "base_version"),
    ("a version of true", key(base_version=True), 422, "base_version"),
    ("a version of nought", key(base_version=0), 422, "base_version"),
    ("a version of 2^40", key(base_version=2**40), 422, "base_version"),
    ("a time that is none", key(made_at="yesterday"), 422, "made_at"),
    ("a day that is none", key(made_at="2024-02-30T10:00:00+08:00"), 422, "made_at"),
    ("a confirmation of everything", key(confirmed="all"), 422, "confirmed"),
    ("500 confirmations", key(confirmed=["phone:odd"] * 500), 422, "confirmed"),
    ("the same field in two places", key(residency={"start_date": "2024-03-10"}), 422, "residency.start_date"),
    ("2,000 unknown fields", key(fields={f"f{number}": 1 for number in range(2000)}), 422, "fields"),
]

NOBODY_SETS: list[tuple[str, Make, int, str]] = [
    *((f"top-level {name}", key(**{name: 1}), 422, name) for name in ("version", "by", "state", "is_staff", "number")),
    *((f"field {name}", field(**{name: 1}), 422, name) for name in ("created_at", "sealed", "identity", "by_id")),
    ("the prototype", key(__proto__={"is_staff": True}, __class__="User"), 422, "__proto__"),
    ("religion", field(religion="01"), 422, "religion"),
    ("key attention", field(is_key_attention=True), 422, "is_key_attention"),
    ("a flat's field of a person", field(housing__room_no="301"), 422, "housing.room_no"),
    ("a person's field of a flat", flat(ethnicity="01"), 422, "ethnicity"),
]

VALUES: list[tuple[str, Make, int, str]] = [
    ("a name of 40,000 characters", field(name="王" * 40_000), 422, "name"),
    ("a name of 51 characters", field(name="王" * 51), 422, "name"),
    ("a name with NUL", field(name="王\0小明"), 422, "name"),
    ("a name with a line break", field(name="王\r\nX-Admin: 1"), 422, "name"),
    ("a name as markup", field(name="<img src=x onerror=alert(1)>"), 422, "name"),
    ("a name as SQL", field(name="王'; SELECT pg_sleep(9); --"), 422, "name"),
    ("a name as a number", field(name=12), 422, "name"),
    ("a name as a list", field(name=["王小明"]), 422, "name"),
    ("a name as an object", field(name={"$ne": ""}), 422, "name"),
    ("a name of true", field(name=True), 422, "name"),
    ("a wrong check digit", field(id_number="990101199003071230"), 422, "id_number"),
    ("a number too short", field(id_number="99010119900307"), 422, "id_number"),
    ("a number as a number", field(id_number=990101199003071233), 422, "id_number"),
    ("a number of 100,000 digits", field(id_number="9" * 100_000), 422, "id_number"),
    ("a day of birth to come", field(id_number="990101209901010019"), 422, "id_number"),
    ("a document of no kind", field(id_type="000"), 422, "id_type"),
    ("a phone of one digit", field(phone="13800000000"), 422, "phone"),
    ("a phone too short", field(phone="139"), 422, "phone"),
    ("a phone of 50,000 blanks", field(phone="1" + " " * 50_000 + "3"), 422, "phone"),
    ("an ethnic group of no table", field(ethnicity="99"), 422, "ethnicity"),
    ("a group as a list", field(ethnicity=["01"]), 422, "ethnicity"),
    ("a division that is none", field(hukou_division="000000"), 422, "hukou_division"),
    ("a day that is none", field(residency__start_date="2024-02-30"), 422, "residency.start_date"),
    ("a day as a number", field(residency__start_date=20240315), 422, "residency.start_date"),
    ("a room of 21 characters", flat(room_no="3" * 21), 422, "housing.room_no"),
    ("a floor of nought", flat(floor_no=0), 422, "housing.floor_no"),
    ("a floor of 10^14", flat(floor_no=10**14), 422, "housing.floor_no"),
    ("an area below nought", flat(floor_area=-1), 422, "housing.floor_area"),
    ("an area of 10^300", flat(floor_area=1e300), 422, "housing.floor_area"),
    ("rented maybe", flat(is_rental="maybe"), 422, "housing.is_rental"),
    ("dangers as an object", flat(hidden_danger_types={"01": True}), 422, "housing.hidden_danger_types"),
    ("5,000 dangers", flat(hidden_danger_types=["01"] * 5_000), 422, "housing.hidden_danger_types"),
]

TABLE = [*NOT_AN_OBJECT, *NOT_JSON_VALUES, *SHAPES, *NOBODY_SETS, *VALUES]


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "status", "named"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_bad_body_is_answered_in_time_with_what_is_wrong_and_nothing_is_stored(
    make: Make, status: int, named: str, worker: DescribedClient, home: Record, far_home: Record, stored: Stored
) -> None:
    body, before, start = make(home, far_home), stored(), time.monotonic()
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()

    answer = worker.post(ENTRIES, sent, content_type="application/json")

    took = time.monotonic() - start
    assert answer.status_code == status, answer.content.decode()[:2000]
    assert answer["Content-Type"] == "application/problem+json"
    assert named in {one["field"] for one in answer.json()["errors"]}
    assert stored() == before
    assert took < SLOWEST
    assert len(answer.content) < LARGEST


@pytest.mark.django_db
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_other_media_types_are_refused_before_they_are_read(
    media_type: str, worker: DescribedClient, home: Record, stored: Stored
) -> None:
    body, before = json.dumps(factories.resident_body(home)), stored()

    answer = worker.generic("POST", ENTRIES, body, content_type=media_type)

    assert answer.status_code == 415
    assert stored() == before


@pytest.mark.django_db
@pytest.mark.parametrize("declared", ["99999999999999999999999", "262145"])
def test_what_says_that_it_is_too_large_is_not_read(declared: str, worker: DescribedClient) -> None:
    answer = worker.generic("POST", ENTRIES, "{", content_type="application/json", CONTENT_LENGTH=declared)

    assert answer.status_code == 413


@pytest.mark.django_db
def test_a_good_body_is_still_taken_with_a_charset_and_blanks_around_it(worker: DescribedClient, home: Record) -> None:
    body = b"\n " + json.dumps(factories.resident_body(home)).encode() + b" \n"

    answer = worker.post(ENTRIES, body, content_type="application/json; charset=utf-8")

    assert answer.status_code == 201
    assert UUID(answer.json()["record"])
