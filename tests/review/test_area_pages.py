"""The pages of areas: a name changed, a grid drawn anew, codes by workbook, a grid handed over."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridapp.delivery import redrawing
from gridapp.org import devices, grids, scope
from gridapp.org.models import Area, HandOver, Redrawing, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Building, Record
from tests.factories import BuildingFactory
from tests.setting_aside import kept

As = Callable[..., Client]
GRID, NEXT, OTHER_GRID = "990101001001001", "990101001001002", "990101001002001"
COMMUNITY = "990101001001"


@pytest.fixture(autouse=True)
def second_grid(areas: dict[str, Area]) -> Area:
    """The community, and another grid in it."""
    Area.objects.create(code=COMMUNITY, name="测试社区")
    return Area.objects.create(code=NEXT, name="第三网格")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def posted(client: Client, path: str, **fields: Any) -> Any:
    return client.post(f"/review/{path}", fields)


def csv_file(*rows: list[str]) -> SimpleUploadedFile:
    return SimpleUploadedFile("编码.csv", "\n".join(",".join(row) for row in rows).encode("gb18030"))


def test_from_the_top_to_a_grid(as_: As, flat: Record, resident: Record) -> None:
    client = as_("supervisor")

    top, community, grid = (text_of(client.get(f"/review/areas/{code}")) for code in ("", f"{COMMUNITY}/", f"{GRID}/"))

    assert "测试街道" in top
    assert "第一网格" in community and "第三网格" in community and "第二网格" not in community
    assert f'value="{COMMUNITY}003"' in community
    assert community.count("没有网格员") == 1
    assert "1 套，1 人" in grid
    assert "王秀英" in grid
    assert 'name="code-police_grid" maxlength="64" autocomplete="off" value="990101001001"' in grid


def test_a_new_name_is_kept_with_the_old_one(as_: As) -> None:
    client = as_("supervisor")

    answer = posted(client, f"areas/{GRID}/act/", act="rename", name="东苑网格", why="居民建议")
    page = text_of(client.get(f"/review/areas/{GRID}/"))

    assert answer.status_code == 302
    assert "第 2 版" in page and "第 1 版" in page and "居民建议" in page
    assert re.search(r"第 1 版</b> 第一网格", page)


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(as_: As) -> None:
    answer = posted(as_("supervisor"), f"areas/{COMMUNITY}/act/", act="add", code="990101001001001", name="重复")

    assert answer.status_code == 422
    assert "这个代码已经用过" in text_of(answer)
    assert 'value="重复"' in text_of(answer)
    assert posted(as_("supervisor"), f"areas/{GRID}/act/", act="wipe").status_code == 404


def test_a_grid_with_records_is_not_closed(as_: As, flat: Record) -> None:
    client = as_("supervisor")

    unsure = posted(client, f"areas/{GRID}/act/", act="close")
    full = posted(client, f"areas/{GRID}/act/", act="close", sure="yes")
    empty = posted(client, f"areas/{NEXT}/act/", act="close", sure="yes")

    assert "请先勾选确认" in text_of(unsure)
    assert "网格里还有楼栋或档案" in text_of(full)
    assert empty.status_code == 302
    assert Area.objects.get(pk=NEXT).closed_at and not Area.objects.get(pk=GRID).closed_at


def test_a_grid_is_split_after_a_look_at_what_goes(as_: As, flat: Record, resident: Record, building: Building) -> None:
    client, stays = as_("supervisor"), BuildingFactory.create(grid_code=GRID, code="9901010010010000777")
    chosen = {"building": building.pk, "to": "new", "name": "西苑网格", "why": "人太多"}

    looked = posted(client, f"areas/{GRID}/redraw/", **chosen)
    before = Redrawing.objects.exists()
    done = posted(client, f"areas/{GRID}/redraw/", **chosen, step="apply")
    while redrawing.due():
        redrawing.go_on(5)
    page = text_of(client.get(done["Location"]))

    assert "网格系统" in text_of(looked) and "<dd>1</dd>" in text_of(looked)
    assert not before
    new = Area.objects.get(name="西苑网格")
    assert new.pk == f"{COMMUNITY}003"
    assert {Record.objects.get(pk=one.pk).grid_code for one in (flat, resident)} == {new.pk}
    assert Building.objects.get(pk=stays.pk).grid_code == GRID
    assert "已完成" in page and "第一网格 → 西苑网格" in page


def test_nothing_is_redrawn_that_was_not_chosen(as_: As, building: Building) -> None:
    client = as_("supervisor")

    nothing = posted(client, f"areas/{GRID}/redraw/", to=NEXT)
    elsewhere = posted(client, f"areas/{GRID}/redraw/", building=building.pk, to=OTHER_GRID, step="apply")

    assert (nothing.status_code, elsewhere.status_code) == (422, 422)
    assert "请选择同一个网格的楼栋" in text_of(nothing)
    assert "要先由房屋编码系统换码" in text_of(elsewhere)
    assert not Redrawing.objects.exists()


def test_a_code_of_one_grid_is_changed_on_its_page(as_: As) -> None:
    client = as_("supervisor")

    changed = posted(client, f"areas/{GRID}/act/", act="codes", **{"code-police_grid": "990101001777"})
    run = Redrawing.objects.get()

    assert changed.status_code == 302
    assert grids.mapped([GRID]) == {GRID: {"police_grid": "990101001777"}}
    assert (run.kind, run.area_code) == (Redrawing.Kind.MAPPED, GRID)


def test_codes_go_out_as_a_workbook_and_come_back(as_: As, targets: None) -> None:
    client = as_("supervisor")
    book = client.get("/review/areas/codes/workbook/")
    rows = python_calamine.load_workbook(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    top = [str(cell) for cell in rows[0]]
    police = top.index("警务区代码")
    back = [top, *([str(cell) for cell in row] for row in rows[1:])]
    back[1][police] = "990101001888"
    back[2][police] = "990101001999"
    back.append(["990101009009009", "没有的", *["x"] * (len(top) - 2)])

    looked = client.post("/review/areas/codes/preview/", {"table": csv_file(*back)})
    kept_rows = re.search(r'name="kept" value="([^"]+)"', text_of(looked))
    untouched = grids.mapped_code(GRID, "police_grid")
    assert kept_rows
    done = client.post("/review/areas/codes/apply/", {"kept": kept_rows[1]})

    assert [row[0] for row in rows[1:]] == [GRID, NEXT, OTHER_GRID]
    assert "990101009009009" in text_of(looked)
    assert untouched == "990101001001"
    assert done.status_code == 302
    assert grids.mapped_code(GRID, "police_grid") == "990101001888"
    assert grids.mapped_code(NEXT, "police_grid") == "990101001999"
    assert grids.mapped_code(OTHER_GRID, "police_grid") is None
    assert set(Redrawing.objects.get().parts.values_list("from_code", flat=True)) == {GRID, NEXT}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "请选择文件"),
        (b"PK\x03\x04 not a workbook", "文件已损坏"),
        ("甲,乙\n1,2".encode(), "没有认得的标题"),
        (f"网格代码,警务区代码\n{GRID},{'9' * 65}".encode(), "第 2 行有编码太长"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(as_: As, targets: None, sent: bytes, why: str) -> None:
    answer = as_("supervisor").post("/review/areas/codes/preview/", {"table": SimpleUploadedFile("x.csv", sent)})

    assert answer.status_code == 422
    assert why in text_of(answer)


def test_rows_that_another_one_looked_at_are_not_applied(as_: As, targets: None) -> None:
    file = csv_file(["网格代码", "警务区代码"], [GRID, "990101001888"])
    looked = as_("administrator").post("/review/areas/codes/preview/", {"table": file})
    kept_rows = re.search(r'name="kept" value="([^"]+)"', text_of(looked))
    assert kept_rows

    answers = [
        as_("supervisor").post("/review/areas/codes/apply/", {"kept": kept_rows[1]}),
        as_("supervisor").post("/review/areas/codes/apply/", {"kept": "nonsense"}),
    ]

    assert [one.status_code for one in answers] == [422, 422]
    assert grids.mapped_code(GRID, "police_grid") == "990101001001"


def test_what_is_missing_is_listed_by_system(as_: As, targets: None) -> None:
    client = as_("supervisor")

    page = text_of(client.get("/review/areas/codes/?missing=police_grid"))

    assert "缺 2 个网格" in page
    assert "第三网格" in page and "第二网格" in page and "第一网格" not in page


def test_a_grid_is_handed_over_with_its_forms(as_: As, people: dict[str, User]) -> None:
    client, worker, other = as_("supervisor"), people["worker"], people["other_worker"]
    form = kept(worker, "/entries/new/resident/", {}, grid_code=GRID)
    devices.seen(uuid4(), user=worker, session_key="", waiting=1, oldest=None)
    path, pair = f"areas/{GRID}/hand-over/", {"giver": worker.pk, "taker": other.pk}

    page = text_of(client.get(f"/review/{path}"))
    unsure = posted(client, path, **pair)
    done = posted(client, path, **pair, sure="yes", why="离职")
    after = text_of(client.get(f"/review/areas/{GRID}/"))

    assert "待补正 1 条" in page and "平板上未上传 1 条" in page
    assert unsure.status_code == 422
    assert done.status_code == 302
    form.refresh_from_db()
    assert form.owner == other
    assert scope.prefixes(User.objects.get(pk=other.pk)) == (GRID, OTHER_GRID)
    assert HandOver.objects.get().why == "离职"
    assert "王秀英 → 李强" in after


def test_areas_of_others_are_not_there(
    as_: As, areas: dict[str, Area], building: Building, people: dict[str, User]
) -> None:
    create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas[OTHER_GRID]])
    client = Client()
    client.force_login(User.objects.get(username="stranger"))
    run = redrawing.begin_move([building.pk], NEXT, by=people["supervisor"])

    looked = [
        client.get(f"/review/{path}").status_code
        for path in (f"areas/{GRID}/", "areas/990101001/", f"areas/{GRID}/hand-over/", f"redrawings/{run.pk}/")
    ]
    done = [
        posted(client, f"areas/{GRID}/{path}/", act="rename", name="x", building=building.pk).status_code
        for path in ("act", "redraw", "hand-over")
    ]
    lists = [text_of(client.get(f"/review/{path}")) for path in ("areas/", "areas/codes/")]

    assert (looked, done) == ([404] * 4, [404] * 3)
    assert not any("第一网格" in page or "第三网格" in page for page in lists)


@pytest.mark.parametrize("role", ["worker", "officer", "auditor"])
def test_who_only_reads_changes_nothing(as_: As, role: str, building: Building) -> None:
    client = as_(role)
    paths = [f"areas/{GRID}/act/", f"areas/{GRID}/redraw/", f"areas/{GRID}/hand-over/"]
    paths += ["areas/codes/preview/", "areas/codes/apply/"]

    answers = {path: posted(client, path, act="rename", name="x", kept="x").status_code for path in paths}

    assert answers == dict.fromkeys(paths, 403)


def test_pages_cost_the_same_for_many(as_: As, targets: None) -> None:
    client, paths = as_("supervisor"), [f"areas/{GRID}/", f"areas/{COMMUNITY}/", "areas/codes/", "areas/"]
    BuildingFactory.create(grid_code=GRID)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(f"/review/{path}")
        return len(found)

    first = [cost(path) for path in paths]
    few = [cost(path) for path in paths]
    BuildingFactory.create_batch(10, grid_code=GRID)
    Area.objects.bulk_create(Area(code=f"{COMMUNITY}{number:03d}", name="测试") for number in range(10, 30))
    many = [cost(path) for path in paths]

    assert many == few
    assert max(first) <= 24
