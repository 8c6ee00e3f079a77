"""A photo ahead of its form: kept once, sealed, for its owner alone, and emptied when the form has used it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import transaction

from gridapp.org.models import User
from gridapp.registry import photos
from gridapp.registry.models import Photo
from gridapp.registry.refusals import OutOfScope
from tests import factories
from tests.files import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> factories.Cast:
    return factories.cast()


def keep(entry_id: UUID, by: User, *, number: int = 1, content: bytes = b"seen") -> bool:
    with transaction.atomic():
        return photos.keep(entry_id, number, content, by=by)


def test_it_is_kept_once_and_sealed(cast: factories.Cast) -> None:
    id_ = uuid4()

    kept = [keep(id_, cast.worker, content=jpeg()) for _ in range(2)]

    row = Photo.objects.get()
    assert kept == [True, False]
    assert b"JFIF" not in bytes(row.sealed)
    assert photos.find(id_, 1, by=cast.worker) == photos.Came(jpeg())


def test_another_photo_of_the_same_number_is_no_second_one(cast: factories.Cast) -> None:
    id_ = uuid4()
    keep(id_, cast.worker)

    with pytest.raises(photos.OtherContent):
        keep(id_, cast.worker, content=b"other")

    assert photos.find(id_, 1, by=cast.worker) == photos.Came(b"seen")


def test_photos_of_one_form_are_told_apart_by_number(cast: factories.Cast) -> None:
    id_ = uuid4()

    assert [keep(id_, cast.worker, number=number, content=b"%d" % number) for number in (1, 2)] == [True, True]
    assert photos.find(id_, 2, by=cast.worker) == photos.Came(b"2")
    assert photos.find(id_, 3, by=cast.worker) is None


@pytest.mark.parametrize("number", [1, 2])
def test_the_photos_of_an_entry_are_one_accounts(cast: factories.Cast, number: int) -> None:
    id_ = uuid4()
    keep(id_, cast.worker)

    with pytest.raises(OutOfScope):
        keep(id_, cast.other_worker, number=number)
    with pytest.raises(OutOfScope):
        photos.find(id_, number, by=cast.other_worker)


def test_once_used_it_is_still_known_and_holds_nothing(cast: factories.Cast) -> None:
    id_ = uuid4()
    keep(id_, cast.worker)

    photos.use(id_)

    assert bytes(Photo.objects.get().sealed) == b""
    assert photos.find(id_, 1, by=cast.worker) == photos.Came(None)
    assert keep(id_, cast.worker) is False


@pytest.mark.django_db(transaction=True)
def test_it_needs_the_callers_transaction(cast: factories.Cast) -> None:
    with pytest.raises(RuntimeError, match="atomic"):
        photos.keep(uuid4(), 1, b"seen", by=cast.worker)
