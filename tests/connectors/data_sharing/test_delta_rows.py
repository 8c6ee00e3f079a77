"""What a worker entered against the row that goes out, and what the platform says of it against whose move it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.data_sharing.connector import DataSharing
from connectors.data_sharing.replies import compare, judge
from connectors.data_sharing.rows import digest, read_key, seal, ticket_of, unseal
from connectors.data_sharing.sandbox_quality import hashed, opened
from connectors.data_sharing.sandbox_tables import RESIDENTS
from gridapp.contract import Action, Delivered, Differs, Misconfigured, NotYet, Outcome, Submitted, Unknown
from tests.connectors.data_sharing.delta_rows import CATALOGUE, KEY, NUMBER, SAMPLES, record, row_of
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_is_one_row_in_their_words(one: Sample) -> None:
    assert row_of(one) == json.loads(one.sent("json"))


def test_the_same_content_is_the_same_row_however_often_it_is_made() -> None:
    assert row_of(record()) == row_of(record())


def test_the_number_is_sealed_and_theirs_to_open() -> None:
    row = row_of(record())

    assert NUMBER not in json.dumps(row)
    assert opened(row["ZJHM"], KEY) == NUMBER
    assert unseal(row["ZJHM"], key=KEY) == NUMBER


def test_two_rows_of_one_person_do_not_look_alike() -> None:
    assert row_of(record(1))["ZJHM"] != row_of(record(2))["ZJHM"]


@pytest.mark.parametrize("sealed", ["", "no base64!", "AAAA", seal(NUMBER, row="1", key=bytes(16))])
def test_what_was_not_sealed_with_this_key_opens_to_nothing(sealed: str) -> None:
    assert unseal(sealed, key=KEY) != NUMBER


def test_the_hash_is_over_what_stands_there_and_not_over_operation_and_time() -> None:
    row = row_of(record())
    later = row_of(replace(record(), action=Action.CHANGE, made_at=record().made_at + timedelta(days=1)))

    assert row["SM3HASH"] == later["SM3HASH"] == hashed(row, RESIDENTS)
    assert row["SM3HASH"] != row_of(record(name="rare_name"))["SM3HASH"]


def test_the_preview_is_the_row_before_it_is_sealed() -> None:
    connector = DataSharing({"url": "http://127.0.0.1/", "catalogue_resident": CATALOGUE})

    preview = connector.preview(record())

    row = {name: value for name, value in row_of(record()).items() if name != "SM3HASH"}
    assert json.loads(preview.message) == {**row, "ZJHM": NUMBER}
    assert {line.name: line.value for line in preview.lines}["ZJHM"] == NUMBER


def test_the_hash_is_sm3() -> None:
    assert digest(["中", "1", None]) == ("0ad1f2f52008a921bb51fcb271150a7723eff8a85992a063e2a575a5e5f58ae5")


@pytest.mark.parametrize("key", ["", "00" * 15, "00" * 17, "zz" * 16, "错" * 32])
def test_a_key_that_is_none_is_for_the_operator_and_not_quoted(key: str) -> None:
    with pytest.raises(Misconfigured, match="32位十六进制") as refused:
        read_key(key)

    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_what_the_report_says_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)
    expected = outcome(told["outcome"]) if told["outcome"] else None

    assert judge(f"{'0' * 32}.{'h' * 64}", told["line"], waiting=told["waiting"]) == expected


# --- What the platform holds ------------------------------------------------------------------------------------------


def found(line: dict[str, Any] | None, *, waiting: bool = False, action: Action = Action.CREATE) -> Outcome:
    parcel = replace(record(), action=action)
    return compare(parcel, row_of(parcel), line, waiting=waiting, key=KEY)


def held(**changed: Any) -> dict[str, Any]:
    content = {name: value for name, value in row_of(record()).items() if value is not None}
    return {"ZT": "1", "XCSJ": {**content, "ZJHM": seal(NUMBER, row="another", key=KEY), **changed}}


def test_what_it_holds_as_it_was_sent_is_there() -> None:
    assert found(held()) == Delivered()


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"JZDZ": "别处"}, ("housing.address",)),
        ({"XM": "李四", "MZ": "02"}, ("name", "ethnicity")),
        ({"ZJHM": seal("990101199202290029", row="x", key=KEY)}, ("id_number",)),
        ({"BLRQ": "2024-03-14"}, ("residency.end_date",)),
    ],
)
def test_what_it_holds_otherwise_is_named(changed: dict[str, str], fields: tuple[str, ...]) -> None:
    assert found(held(**changed)) == Differs(fields=fields)


@pytest.mark.parametrize(
    ("line", "waiting", "kind"),
    [
        (None, False, NotYet),
        ({"ZT": "1", "XCSJ": None}, False, NotYet),
        (held(), True, Submitted),
        ({"ZT": "0", "XCSJ": None}, False, Submitted),
        ({"ZT": "2", "WTDM": "DQ-02", "XCSJ": None}, False, Submitted),
        ({"ZT": "1", "XCSJ": "text"}, False, Unknown),
        ({"ZT": "7", "XCSJ": None}, False, Unknown),
    ],
)
def test_what_cannot_be_seen_there_is_not_called_delivered(
    line: dict[str, Any] | None, waiting: bool, kind: type[Outcome]
) -> None:
    came = found(line, waiting=waiting)

    assert type(came) is kind
    if isinstance(came, Submitted):
        assert came.ticket == ticket_of(row_of(record()))


def test_a_number_that_was_there_already_is_compared_with_what_is_held_under_it() -> None:
    twice = {"ZT": "2", "WTDM": "DQ-03"}

    assert found(held() | twice) == Delivered()
    assert found(held(XM="李四") | twice) == Differs(fields=("name",))


def test_what_was_ended_is_done_when_it_is_gone() -> None:
    assert found({"ZT": "1", "XCSJ": None}, action=Action.CLOSE) == Delivered()
    assert found(held(), action=Action.CLOSE) == Differs()


def test_a_ticket_is_short_enough() -> None:
    assert len(ticket_of(row_of(sample(SAMPLES, "floating_tenant")))) == 97
    assert row_of(record())["ZYDM"] == CATALOGUE
