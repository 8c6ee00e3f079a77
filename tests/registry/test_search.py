"""Finding before entering: by characters, pinyin, initials, last four, address; never outside one's own grids."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry.models import Record
from gridapp.registry.search import search
from gridapp.registry.search_tokens import of_housing, of_query, of_resident
from tests import factories
from tests.factories import BuildingFactory, act, submit


def is_found(query: str, **fields: str) -> bool:
    wanted, known = of_query(query), {*of_resident(fields), *of_housing(fields)}
    return bool(wanted) and known.issuperset(wanted)


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("单雄信", "", False),
        ("单雄信", "双", False),
        ("单雄信", "信雄", False),
        ("单雄信", "s", False),
        ("单雄信", "xiongxin", False),
        ("单雄信", "sxiong", False),
        ("单雄信", "单", True),
        ("单雄信", "雄信", True),
        ("单雄信", "单雄信", True),
        ("单雄信", "shanxiongxin", True),
        ("单雄信", "danxiongxin", True),
        ("单雄信", "ShanX", True),
        ("单雄信", "sxx", True),
        ("单雄信", "dxx", True),
        ("单雄信", "ＳＸＸ", True),
        ("曾小贤", "zengx", True),
        ("仇和", "qiu", True),
        ("朴树", "piaoshu", True),
        ("解晓东", "xie", True),
        ("区小明", "ouxm", False),
        ("区小明", "oxm", True),
        ("尉迟恭", "yuchi", True),
        ("欧阳娜娜", "ouyangnana", True),
        ("吕布", "lvbu", True),
        ("吕布", "lübu", True),
        ("吕布", "lyub", True),
        ("买买提·艾力", "买买提·艾力", True),
        ("买买提·艾力", "买提艾力", True),
        ("买买提·艾力", "买买提•艾", True),
        ("阿不都热依木江", "不都热依木", True),
        ("阿不都热依木江", "阿不都热依木", True),
        ("阿不都热依木江", "阿都不热依木", False),
        ("𠮷田测试", "𠮷田", True),
        ("㛃月", "㛃", True),
        ("O'NEIL ANNA-MARIA", "oneil", True),
        ("O'NEIL ANNA-MARIA", "anna", True),
        ("O'NEIL ANNA-MARIA", "o'neil annamar", True),
        ("O'NEIL ANNA-MARIA", "bob", False),
    ],
)
def test_a_name_is_found_by_any_part_and_any_reading(name: str, query: str, found: bool) -> None:
    assert is_found(query, name=name) is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("004", False),
        ("0004", False),
        ("004X", True),
        ("004x", True),
        ("99010119380815004x", True),
        ("5678", True),
        ("13912345678", True),
        ("1391234", False),
    ],
)
def test_a_number_is_found_by_its_last_four_or_as_a_whole(query: str, found: bool) -> None:
    assert is_found(query, id_number="99010119380815004X", phone="13912345678") is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("3", False),
        ("3栋301", True),
        ("3幢301室", True),
        ("幸福花园3栋2单元301A", True),
        ("幸福花园 3栋 301", True),
        ("幸福", True),
        ("xfhy", True),
        ("hzl", True),
        ("xzl 12号", True),
        ("行知路12", True),
        ("3层", True),
        ("301a", True),
        ("4栋301", False),
        ("行知路13号", False),
        ("幸福花园302", False),
    ],
)
def test_an_address_is_found_by_its_levels(query: str, found: bool) -> None:
    address = {
        "road": "行知路", "door_no": "12号", "estate_name": "幸福花园", "building_no": "3栋", "unit_no": "2单元",
        "floor_no": "3", "room_no": "301A",
    }  # fmt: skip

    assert is_found(query, **{f"housing.{name}": value for name, value in address.items()}) is found


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "a",
        "7",
        "12",
        "\x00",
        "%",
        "_%_",
        "'; DROP TABLE registry_record; --",
        "…",
        "\ud800",
        "😀" * 40,
        "测" * 3500,
    ],
)
def test_an_odd_query_finds_nothing_and_breaks_nothing(worker: User, home: Record, query: str) -> None:
    factories.resident(worker, home)

    assert search(query, by=worker) == []


@pytest.mark.django_db
def test_nobody_finds_what_is_in_another_grid(
    worker: User, other_worker: User, supervisor: User, home: Record, far_home: Record
) -> None:
    ours, theirs = factories.resident(worker, home), factories.resident(other_worker, far_home)

    assert search("测试甲", by=worker) == [ours]
    assert search("测试甲", by=other_worker) == [theirs]
    assert set(search("测试甲", by=supervisor)) == {ours, theirs}
    assert search(far_home.room_no, by=worker) == []


@pytest.mark.django_db
def test_who_also_lives_here_is_found_here(worker: User, other_worker: User, home: Record, far_home: Record) -> None:
    person = factories.resident(worker, home, name="测试乙")
    assert search("测试乙", by=other_worker) == []

    factories.resident(other_worker, far_home, name="测试乙", id_number=person.document()["id_number"])

    assert search("测试乙", by=other_worker) == [person]


@pytest.mark.django_db
def test_the_kind_the_limit_and_the_order(worker: User, home: Record) -> None:
    people = [factories.resident(worker, home) for _ in range(3)]
    submit(worker, act(people[2], "close", residency__end_reason="2"))
    submit(worker, act(people[0], "change", occupation="电工"))

    assert search("测试甲", by=worker) == [people[0], people[1], people[2]]
    assert search("测试甲", by=worker, limit=2) == [people[0], people[1]]
    assert search("测试", by=worker, kind="housing") == [home]
    assert search("测试", by=worker, kind="nonsense") == []
    assert search("测试甲", by=worker, limit=-1) == []


@pytest.mark.django_db
def test_a_flat_is_found_by_its_code(worker: User, other_worker: User, home: Record) -> None:
    registry.receive(home, {"housing.housing_code": "9901010010010000001000301"}, source="FWBM")

    assert search(" 9901010010010000001000301 ", by=worker) == [home]
    assert search("9901010010010000001000301", by=other_worker) == []


@pytest.mark.django_db
def test_a_new_name_is_found_and_the_old_one_is_not(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)

    submit(worker, act(person, "correct", name="测试丙"))

    assert search("测试丙", by=worker) == [person]
    assert search("测试甲", by=worker) == []


@pytest.mark.django_db
def test_a_list_takes_at_most_three_queries_on_the_token_index(worker: User, home: Record) -> None:
    building = BuildingFactory.create()
    for _ in range(5):
        factories.resident(worker, factories.flat(worker, building))
    worker = User.objects.get(pk=worker.pk)

    with CaptureQueriesContext(connection) as queries:
        assert len(search("csj", by=worker)) == 5

    assert len(queries) <= 3
    assert "record_tokens" in plan_of(queries.captured_queries[-1]["sql"])


def plan_of(sql: str) -> str:
    """How PostgreSQL would answer by the words alone, were reading the whole table forbidden: it is small in a test."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DROP INDEX record_scope, record_newest")  # back again with the end of the test's transaction
        cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_what_is_searched_by_is_stored_blind(worker: User, home: Record, settings: pytest.FixtureRequest) -> None:
    tokens = set(of_resident({"name": "测试甲"}))

    settings.INDEX_KEY = "0" * 64  # type: ignore[attr-defined]

    assert not tokens & set(of_resident({"name": "测试甲"}))


@pytest.mark.django_db
def test_the_areas_and_the_words_of_a_search_are_looked_up_in_their_indexes_together() -> None:
    worker = factories.cast().worker

    with CaptureQueriesContext(connection) as captured:
        search("王", worker)

    asked = captured.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "SubPlan" not in plan


@pytest.mark.django_db
def test_of_a_frequent_surname_the_newest_are_read_and_not_everybody() -> None:
    administrator = factories.cast().administrator

    with CaptureQueriesContext(connection) as captured:
        search("王", administrator)

    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {captured.captured_queries[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using record_newest" in plan
