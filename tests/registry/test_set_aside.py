"""What came from a tablet and could not be saved as it is: kept once, for whom, until it is settled once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.org.models import Role, User
from gridapp.registry import OutOfScope, set_aside
from gridapp.registry.models import Record, SetAside
from gridapp.registry.refusals import refusal
from tests import factories
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
NEW = "/entries/new/resident/"


def settle(row: SetAside, by: User, **how: str) -> bool:
    with transaction.atomic():
        return set_aside.settle(row, by, **how)


def test_the_same_id_again_is_the_same_row(worker: User) -> None:
    entry_id = uuid4()
    first = kept(worker, NEW, {"name": "测试甲"}, entry_id=entry_id)

    again = kept(worker, NEW, {"name": "测试乙"}, entry_id=entry_id)

    assert again.pk == first.pk
    assert SetAside.objects.count() == 1
    assert set_aside.opened(again).form["name"] == "测试甲"


def test_an_id_of_another_account_is_not_looked_into(worker: User, other_worker: User) -> None:
    row = kept(worker, NEW, {"name": "测试甲"})

    with pytest.raises(OutOfScope):
        kept(other_worker, NEW, {"name": "测试甲"}, entry_id=row.pk)
    with pytest.raises(OutOfScope):
        set_aside.kept(row.pk, by=other_worker)


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_inside_a_transaction_of_the_caller(worker: User) -> None:
    told = {"refusals": [], "doubts": [], "is_conflict": False, "record": None, "grid_code": "", "made_at": None}

    with pytest.raises(RuntimeError):
        set_aside.keep(uuid4(), path=NEW, form="name=a", by=worker, **told)  # type: ignore[arg-type]


def test_nothing_typed_is_readable_in_the_database(worker: User) -> None:
    wrong = [refusal("phone", "changed_meanwhile"), refusal("housing.room_no", "room_taken", existing="508号房")]
    form = {"name": "欧阳测试", "id_number": "990101199202290010", "phone": "13912345678"}
    row = kept(worker, NEW, form, refusals=wrong)

    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_to(s::text, 'UTF8') || s.sealed FROM registry_setaside s")
        stored = bytes(cursor.fetchone()[0])

    assert not any(text.encode() in stored for text in (*form.values(), "508号房", "%E6%AC%A7"))
    assert row.refusals == [["phone", "changed_meanwhile"], ["housing.room_no", "room_taken"]]
    content = set_aside.opened(row)
    assert (content.path, content.form.dict()) == (NEW, form)
    assert content.refusals == tuple(wrong)


def test_a_form_moved_to_another_row_does_not_open(worker: User) -> None:
    row, other = kept(worker, NEW, {"name": "测试甲"}), kept(worker, NEW, {"name": "测试乙"})
    other.sealed = row.sealed

    with pytest.raises(sealing.Unsealable):
        set_aside.opened(other)


@pytest.mark.parametrize(
    ("path", "form", "kind", "action"),
    [
        ("/entries/new/resident/", {}, "resident", "create"),
        ("/entries/new/housing/", {}, "housing", "create"),
        ("/records/{id}/correct/", {"act": "correct"}, "resident", "correct"),
        ("/records/{id}/correct/", {"act": "change"}, "resident", "change"),
        ("/records/{id}/move/", {}, "resident", "move"),
        ("/records/{id}/move-out/", {}, "resident", "close"),
        ("/records/{id}/verify/", {}, "resident", "verify"),
    ],
)
def test_what_was_meant_is_read_from_the_address(
    worker: User, home: Record, path: str, form: dict[str, str], kind: str, action: str
) -> None:
    person = factories.resident(worker, home)

    row = kept(worker, path.format(id=person.pk), form, record=person if "records" in path else None)

    assert (row.kind, row.action) == (kind, action)


def test_nothing_was_made_in_the_future(worker: User) -> None:
    row = kept(worker, NEW, {}, made_at=timezone.now() + timedelta(days=3))

    assert row.made_at <= timezone.now()


def test_whose_it_is(people: factories.Cast, home: Record) -> None:
    officer = factories.UserFactory.create(username="officer", role=Role.OFFICER, areas=["990101"])
    mate = factories.UserFactory.create(username="mate")
    stranger = factories.UserFactory.create(username="away", role=Role.SUPERVISOR, areas=[factories.OTHER_GRID])
    person = factories.resident(people.worker, home)
    mine = kept(people.worker, NEW, {}, grid_code=factories.GRID)
    met = collision(people.worker, person, phone="13912349999")
    seen = {
        user.username: [row for row in (mine, met) if set_aside.find(row.pk, by=user)]
        for user in (
            people.worker,
            mate,
            people.other_worker,
            people.supervisor,
            people.administrator,
            officer,
            stranger,
        )
    }

    assert seen == {
        "worker": [mine, met], "mate": [], "other_worker": [], "supervisor": [mine, met],
        "administrator": [], "officer": [], "away": [],
    }  # fmt: skip
    assert list(set_aside.mine(people.worker)) == [mine]
    assert list(set_aside.caused(people.worker)) == [met]
    assert list(set_aside.mine(mate)) == list(set_aside.caused(people.supervisor)) == []
    assert list(set_aside.conflicts(people.supervisor)) == [met]
    assert list(set_aside.conflicts(stranger)) == []


def test_it_is_settled_once(worker: User, people: factories.Cast) -> None:
    row = kept(worker, NEW, {"name": "测试甲"})

    assert settle(row, worker)
    assert not settle(row, people.supervisor)

    row.refresh_from_db()
    assert (row.settled_by, row.settled_as) == (worker, "entered")
    assert row.settled_at is not None
    assert list(set_aside.mine(worker)) == []
    assert set_aside.find(row.pk, by=worker) is None
    assert set_aside.kept(row.pk, by=worker) == row


def test_a_form_is_forgotten_when_it_stands_in_an_entry_and_kept_when_it_was_put_away(worker: User) -> None:
    mended, dropped = kept(worker, NEW, {"name": "测试甲"}), kept(worker, NEW, {"name": "测试乙"})

    settle(mended, worker)
    settle(dropped, worker, settled_as="dropped", reason="写错人了")

    for row in (mended, dropped):
        row.refresh_from_db()
    assert set_aside.opened(mended).form.dict() == {}
    assert (set_aside.opened(dropped).form["name"], set_aside.opened(dropped).reason) == ("测试乙", "写错人了")
