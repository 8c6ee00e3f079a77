"""Forty cards drawn as cameras see them, through the models: numbers, names, addresses, and never a wrong number."""

from __future__ import annotations

from datetime import date

import pytest
from PIL import Image

from gridapp.dictionary.documents import check_digit
from gridapp.ocr import card
from gridapp.ocr.engine import Engine, NotAPicture
from tests.ocr import drawing
from tests.ocr.drawing import PEOPLE, Person

Read = tuple[Person, str, card.Reading]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def forty(engine: Engine) -> list[Read]:
    """Who it is, how they were seen, what was read."""
    return [(who, kind, read(engine, picture)) for who, kind, picture in drawing.forty()]


def read(engine: Engine, picture: bytes) -> card.Reading:
    found = engine.look(picture)
    return card.read(found.boxes, card.Circumstances(found.size, date(2026, 11, 22), practice=True))


def value(reading: card.Reading, name: str) -> str:
    return reading.values[name].value if name in reading.values else ""


def test_numbers_and_names_are_read(forty: list[Read]) -> None:
    no_number = [(who.name, kind, one.unread) for who, kind, one in forty if value(one, "id_number") != who.number]
    no_name = [(who.name, kind, value(one, "name")) for who, kind, one in forty if value(one, "name") != who.name]

    assert len(forty) == 40
    assert len(no_number) <= 1, no_number
    assert len(no_name) <= 2, no_name


def test_no_other_number_than_the_one_on_the_card_is_offered(forty: list[Read]) -> None:
    assert {value(one, "id_number") for _, _, one in forty} <= {who.number for who in PEOPLE} | {""}
    assert [who.name for who, _, one in forty if value(one, "id_number") not in ("", who.number)] == []


def test_addresses_and_ethnic_groups_are_read(forty: list[Read]) -> None:
    no_address = [
        (who.address, kind, value(one, "hukou_address"))
        for who, kind, one in forty
        if not (value(one, "hukou_address") and who.address.endswith(value(one, "hukou_address")))
    ]
    no_nation = [(who.nation, kind) for who, kind, one in forty if not value(one, "ethnicity")]

    assert len(no_address) <= 4, no_address
    assert len(no_nation) <= 4, no_nation


def test_a_wrong_check_digit_is_never_accepted(engine: Engine) -> None:
    who = PEOPLE[0]
    wrong = who.number[:17] + ("1" if check_digit(who.number) != "1" else "2")

    reading = read(engine, drawing.seen(drawing.front(who, number=wrong), "clean"))

    assert "id_number" not in reading.values
    assert reading.unread["id_number"].code == "id_checksum"
    assert value(reading, "name") == who.name


def test_a_number_of_another_birthday_is_not_accepted(engine: Engine) -> None:
    who, other = PEOPLE[0], PEOPLE[7]

    reading = read(engine, drawing.seen(drawing.front(who, number=other.number), "clean"))

    assert reading.unread["id_number"].code == "birth_disagrees"


@pytest.mark.parametrize("picture", [b"", b"%PDF-1.4", b"\xff\xd8\xff\xe0 not a photo", b"GIF89a\1\0\1\0\0\0\0;"])
def test_what_is_no_picture_is_refused(engine: Engine, picture: bytes) -> None:
    with pytest.raises(NotAPicture):
        engine.look(picture)


def test_half_a_picture_is_refused(engine: Engine) -> None:
    whole = drawing.seen(drawing.front(PEOPLE[0]), "clean")

    with pytest.raises(NotAPicture):
        engine.look(whole[: len(whole) // 2])


def test_a_blank_picture_says_nothing(engine: Engine) -> None:
    blank = drawing.jpeg(drawing.laid(Image.new("RGB", (8, 8)), (640, 480), 0))

    assert read(engine, blank) == card.Reading()
