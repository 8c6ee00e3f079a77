"""Two tabs, a service worker and a second tap: one form at the same moment from twenty sides is one entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections, connections

from gridapp.org.models import User
from gridapp.registry.models import Entry, Record, SetAside
from tests.desk.tablets import Tablet
from tests.desk.test_replaying import correction, elsewhere

NEW_RESIDENT = "/entries/new/resident/"
Filled = Callable[..., dict[str, Any]]
pytestmark = pytest.mark.django_db(transaction=True)


def together(worker: User, count: int, post: Callable[[Tablet, int], Any]) -> list[Any]:
    """The answers to `count` browsers of one worker that post at the same moment, each on a connection of its own."""
    tablets = [Tablet.of(worker) for _ in range(count)]
    barrier = Barrier(count)

    def one(number: int) -> Any:
        close_old_connections()
        barrier.wait()
        try:
            return post(tablets[number], number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_twenty_posts_of_one_form_are_one_entry(worker: User, form_of: Filled) -> None:
    envelope = Tablet.of(worker).envelope(NEW_RESIDENT, form_of())

    answers = together(worker, 20, lambda tablet, _: tablet.post(envelope))

    assert Counter(one.status_code for one in answers) == {201: 1, 200: 19}
    assert len({one.content for one in answers}) == 1
    assert Record.objects.filter(kind="resident").count() == 1


def test_the_page_and_the_outbox_at_once_are_one_entry(worker: User, form_of: Filled) -> None:
    form = form_of()
    envelope = Tablet.of(worker).envelope(NEW_RESIDENT, form)

    def post(tablet: Tablet, number: int) -> Any:
        if number % 2:
            return tablet.post(envelope)
        return tablet.client.post(NEW_RESIDENT, form, headers={"x-tablet": "1"})

    answers = together(worker, 8, post)

    assert Counter(one.status_code for one in answers) == {201: 1, 200: 7}
    assert Record.objects.filter(kind="resident").count() == 1


def test_a_form_that_cannot_be_saved_is_set_aside_once(worker: User, form_of: Filled) -> None:
    envelope = Tablet.of(worker).envelope(NEW_RESIDENT, form_of(id_number="990101199202290011"))

    answers = together(worker, 8, lambda tablet, _: tablet.post(envelope))

    assert {one.status_code for one in answers} == {202}
    assert SetAside.objects.count() == 1


def test_a_conflict_is_one_conflict_and_one_entry(worker: User, resident: Record) -> None:
    form = correction(resident, occupation="焊工", hukou_address="测试路3号")
    elsewhere(resident, worker, hukou_address="测试路2号")
    envelope = Tablet.of(worker).envelope(f"/records/{resident.id}/correct/", form)

    answers = together(worker, 8, lambda tablet, _: tablet.post(envelope))

    assert {(one.status_code, one.json()["state"]) for one in answers} == {(202, "conflict")}
    assert SetAside.objects.count() == 1
    assert Entry.objects.filter(id=form["entry_id"]).count() == 1
