"""The connector, a person in between and the province: what only shows when workbooks are carried there and back."""

from __future__ import annotations

import pytest

from connectors.provincial_governance.sandbox import ProvincialPlatform
from gridapp.contract import AlreadyThere, Conflict, Delivered, Rejected, Unknown, UnreadableError
from tests.connectors.provincial_governance.sheets import SAMPLES, connector, document, imported, parcel, tenant
from tests.connectors.samples import sample


def test_three_bad_rows_of_four_hundred_and_twenty_come_back_and_the_others_are_in(
    province: ProvincialPlatform,
) -> None:
    people = [tenant(number) for number in range(1, 421)]
    for number, reason in ((7, "身份证号码输入不正确"), (200, "找不到指定网格"), (420, "姓名只能输入2-20个字符")):
        province.faults.script(document(number), reason)

    outcomes = imported(province, people)

    assert outcomes[6] == Rejected("第9行", "身份证号码输入不正确", ("id_number",))
    assert isinstance(outcomes[199], Conflict)
    assert outcomes[419] == Rejected("第422行", "姓名只能输入2-20个字符", ("name",))
    assert outcomes.count(Delivered()) == 417
    assert len(province.store.table("residents")) == 417


def test_what_the_province_keeps_stands_there_in_its_own_words(province: ProvincialPlatform) -> None:
    imported(province, [tenant(1)])
    imported(province, [parcel(sample(SAMPLES, "shared_rental"))])

    (person,) = province.store.table("residents").values()
    (flat,) = province.store.table("rentals").values()
    assert (person["性别"], person["出生日期"], person["民族"], person["文化程度"]) == (
        "男", "1992-02-29", "汉族", "大专",
    )  # fmt: skip
    assert (person["流入原因"], person["户籍地址"]) == ("务工经商", "湖南省-长沙市-芙蓉区")
    assert person["所属网格"].endswith("/003网格")
    assert (flat["隐患等级"], flat["出租用途"], flat["建筑面积"]) == ("严重", "住房", "86.50")


@pytest.mark.parametrize(
    "name", ["floating_tenant", "away_from_hukou", "hong_kong_permit", "rare_name", "formula", "safe_rental"]
)
def test_every_kind_of_record_is_taken(province: ProvincialPlatform, name: str) -> None:
    assert imported(province, [parcel(sample(SAMPLES, name))]) == [Delivered()]


def test_uploaded_twice_it_is_there_once_and_a_success_both_times(province: ProvincialPlatform) -> None:
    people = [tenant(1), tenant(2)]
    imported(province, people)

    assert imported(province, people) == [AlreadyThere()] * 2
    assert len(province.store.table("residents")) == 2


def test_a_change_takes_the_place_of_what_was_there(province: ProvincialPlatform) -> None:
    imported(province, [tenant(1)])

    assert imported(province, [tenant(1, "new_phone")]) == [Delivered()]

    assert province.store.table("residents")[document(1)]["联系手机"] == "13912340009"


def test_a_change_of_somebody_they_do_not_have_is_taken_as_new(province: ProvincialPlatform) -> None:
    assert imported(province, [tenant(1, "new_phone")]) == [Delivered()]


def test_a_grid_they_do_not_know_yet_is_taken_once_they_do(province: ProvincialPlatform) -> None:
    province.store.put("unknown_grids", "测试省/测试市/测试区/测试街道/测试社区/003网格", {})
    assert isinstance(imported(province, [tenant(1)])[0], Conflict)

    province.store.clear()

    assert imported(province, [tenant(1)]) == [Delivered()]


@pytest.mark.parametrize("fault", ["return_short", "return_foreign", "half"])
def test_an_answer_that_does_not_fit_leaves_all_of_it_uncertain(province: ProvincialPlatform, fault: str) -> None:
    people = [tenant(number) for number in range(1, 7)]
    province.faults.script(document(2), "身份证号码输入不正确")
    province.faults.set(fault)

    assert [type(one) for one in imported(province, people)] == [Unknown] * 6


def test_a_short_answer_without_a_bad_row_is_uncertain_too(province: ProvincialPlatform) -> None:
    province.faults.set("return_short")

    assert isinstance(imported(province, [tenant(1)])[0], Unknown)


def test_rows_in_another_order_are_found(province: ProvincialPlatform) -> None:
    for number in (1, 3, 4):
        province.faults.script(document(number), "身份证号码输入不正确")
    province.faults.set("return_shuffled")

    outcomes = imported(province, [tenant(number) for number in range(1, 6)])

    assert [type(one).__name__ for one in outcomes] == ["Rejected", "Delivered", "Rejected", "Rejected", "Delivered"]


@pytest.mark.parametrize("fault", ["window_closed", "html_instead"])
def test_what_was_not_imported_is_nobodys_success(province: ProvincialPlatform, fault: str) -> None:
    province.faults.set(fault)

    with pytest.raises(UnreadableError):
        imported(province, [tenant(1)])

    assert province.store.table("residents") == {}


def test_templates_of_last_year_are_refused_with_what_to_do(province: ProvincialPlatform) -> None:
    old = connector()
    old.setting["template_version"] = "2023.1"
    sheet = old.sheet([tenant(1)])

    with pytest.raises(UnreadableError, match="模板版本不正确。请在本目标的设置中"):
        connector().read_sheet(sheet.content, province.upload(sheet.content))


def test_what_is_lost_there_nobody_can_see(province: ProvincialPlatform) -> None:
    province.faults.set("lose")

    assert imported(province, [tenant(1)]) == [Delivered()]
    assert province.store.table("residents") == {}
