"""What stands in an export: masked but for what was agreed to, text cells alone, whose it is on every row."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.org.models import Role, User
from gridapp.registry.exports_workbook import workbook
from gridapp.registry.models import Export, Record
from tests import factories
from tests.exporting import column, made, read, taken

State = Export.State


@pytest.fixture
def second(people: factories.Cast) -> User:
    """Another supervisor of the same street."""
    return factories.UserFactory.create(username="second", role=Role.SUPERVISOR, areas=["990101001"])


def test_numbers_are_masked_and_whose_it_is_stands_on_every_row(people: factories.Cast) -> None:
    factories.resident(people.worker, name="测试乙", id_number="990101199202290010", phone="13912345678")

    content = taken(made(people.supervisor))

    mark, headings, row = read(content)
    assert "用途：春季走访核对" in mark[0]
    assert people.supervisor.username in mark[0]
    assert "不含 14 岁以下的人" in mark[0]
    assert headings[-1] == "出处"
    assert row[-1].startswith(Export.objects.get().short_id)
    assert column(content, "姓名") == ["测试乙"]
    assert column(content, "性别") == ["男性"]
    assert column(content, "证件号码/公民身份号码") == ["990***********0010"]
    assert column(content, "联系方式(手机)") == ["139****5678"]


def test_numbers_are_whole_where_that_was_agreed_to(people: factories.Cast, second: User) -> None:
    factories.resident(people.worker, id_number="990101199202290010", phone="13912345678")

    content = taken(made(people.supervisor, agreed_by=second, numbers=True, reason="公安要求核对"))

    assert column(content, "证件号码/公民身份号码") == ["990101199202290010"]
    assert column(content, "联系方式(手机)") == ["13912345678"]
    assert second.display_name in read(content)[0][0]


def test_children_are_left_out_unless_that_was_agreed_to(people: factories.Cast, second: User) -> None:
    home = factories.flat(people.worker)
    factories.resident(people.worker, home, name="测大人")
    a_child(people.worker, home)

    without = made(people.supervisor)
    with_them = made(people.supervisor, agreed_by=second, children=True, reason="入学摸底名单")

    assert (without.rows, without.left_out) == (1, 1)
    assert column(taken(without), "姓名") == ["测大人"]
    assert sorted(column(taken(with_them), "姓名")) == ["测大人", "测小童"]


def a_child(worker: User, home: Record) -> Record:
    born = timezone.localdate() - timedelta(days=3000)
    return factories.resident(
        worker, home, name="测小童", id_number=factories.id_number(born), marital_status="10", education="80",
        occupation_category=None, occupation=None, employer_name=None, employer_uscc=None, guardian_name="测大人",
        guardian_relation="51", guardian_phone="13912345671", guardian_id_number=factories.id_number(),
    )  # fmt: skip


def test_homes_have_columns_of_their_own_and_nobody_who_lives_there(people: factories.Cast) -> None:
    home = factories.flat(people.worker, owner_phone="13912345670")
    factories.resident(people.worker, home, name="测试丙")

    content = taken(made(people.supervisor, kind="housing"))

    assert column(content, "房主联系方式") == ["139****5670"]
    assert column(content, "是否出租") == ["是"]
    assert column(content, "居住人数") == ["1"]
    assert "测试丙" not in str(read(content))


def test_headings_are_in_the_reader_s_language(people: factories.Cast) -> None:
    factories.flat(people.worker)

    rows = read(taken(made(people.supervisor, kind="housing", language="en")))

    assert rows[1][-1] == "Taken from"
    assert rows[0][0].startswith("Export ")


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x","y")', "+1+1", "-1", "@SUM(1)", "http://127.0.0.1/", "0012", "1e5", "𠮷田", "a\tb"]
)
def test_a_cell_is_a_text_whatever_stands_in_it(text: str) -> None:
    content = workbook([[text]], title="t", headings=["h"], mark="m & n", row_mark=("from", "x"))

    assert read(content)[2][0] == text
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
        names = packed.namelist()
    assert "<f>" not in sheet
    assert not any("hyperlink" in name for name in names)
    assert "m &amp;&amp; n" in sheet


def test_what_readers_stumble_over_is_left_out() -> None:
    content = workbook([["a\x00b\x0bc\ufffe"]], title="t", headings=["h"], mark="m", row_mark=("from", "x"))

    assert read(content)[2][0] == "abc"


def test_an_export_of_nothing_says_so(people: factories.Cast) -> None:
    export = made(people.supervisor)

    assert (export.state, export.rows) == (State.READY, 0)
    assert len(read(taken(export))) == 2
