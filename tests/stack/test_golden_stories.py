"""The golden cases through both doors: every department that must know ends up with the right thing, its own way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction

from gridapp.delivery import wake
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.org.models import Area, Role, User
from gridapp.registry.models import Record

from .conftest import GRID, Stack
from .doors import Api, Page, fill_by_workbook
from .golden import TODAY, WANTED, homes, people

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]

# The woman of G3 and the flat of G10 as each department says them (handbook 4.0, "how differently they say the same").
WORDS = {
    "FWBM": ['"FH": "301"', '"JZMJ": "45.50"'],
    "JZDJ": ['"XM": "测试乙"', '"XBDM": "2"', '"CSRQ": "19920229"', '"MZDM": "01"', '"XLDM": "30"', '"HYZKDM": "20"'],
    "ZZSB": ['"residentName": "测试乙"', '"gender": 2', '"birthday": "1992-02-29"', '"nation": "汉族"'],
    "PDA": ['"XM": "测试乙"', '"XB": "女"', '"CSNY": "1992/2/29"', '"MZ": "汉"', '"WHCD": "4"', '"HF": "2"'],
    "GZZ": ['"姓名": "测试乙"', '"性别": "女"', '"出生年月": "1992年2月"', '"民族": "汉族"', '"文化程度": "大专"'],
    "JS": ["测试乙", "19920229"],
    "LB": ['"AAC003": "测试乙"', '"AAC004": "F"', '"AAC006": "1992-02-29"', '"AAC005": "汉族"', '"AAC011": "31"'],
    "WG": ['"personName": "测试乙"', '"personSex": "2"', '"dateBirth": "19920229"', '"nation": "01"'],
    "SZZ": ['"姓名": "测试乙"', '"性别": "女"', '"民族": "汉族"', '"隐患等级": "严重"'],
    "GXPT": ["测试乙", "1992-02-29"],
    "AQSC": ["XF01"],
    "ZLBA": ["1500.00"],
    "MZYL": ['"xb": "女"', '"csrq": "1938-08-15"'],
}


@pytest.fixture
def clerk(worker: User) -> User:
    """The provincial system's clerk of the sub-district."""
    user = User.objects.create(username="clerk", role=Role.SUPERVISOR, staff_no="S0001")
    user.areas.add(Area.objects.get(pk=GRID[:9]))
    return user


def _ended(made: dict[str, Record], *, by_hand: frozenset[str] = frozenset({"SZZ"})) -> bool:
    rows = Delivery.objects.filter(record__in=made.values())
    return not rows.exclude(status=Status.DELIVERED).exclude(status=Status.MANUAL, target__key__in=by_hand).exists()


def _standing(made: dict[str, Record]) -> dict[str, dict[str, str]]:
    rows = Delivery.objects.values_list("record_id", "target__key", "status")
    return {
        case: {key: status for record_id, key, status in rows if record_id == record.pk}
        for case, record in made.items()
    }


@pytest.mark.parametrize("door", [Page, Api])
def test_every_golden_case_ends_in_every_departments_own_store(
    door: type[Page | Api], worker: User, clerk: User, stack: Stack
) -> None:
    entering = door(worker)

    made = {case: entering.enter(raw) for case, raw in homes(coded=door is Api).items()}
    made |= {case: entering.enter(raw) for case, raw in people(str(made["G10"].pk)).items()}
    try:
        stack.until(lambda: _ended(made))
    except AssertionError:
        raise AssertionError(f"{_standing(made)}\n{stack.log.read_text()[-3000:]}") from None
    counts = fill_by_workbook(stack, "SZZ", clerk)

    # A worker at the door never types a code: at the page the flat of G11 gets its own from the housing code office.
    wanted = {**WANTED, "G11": WANTED["G11"] | (set() if door is Api else {"FWBM"})}
    assert _standing(made) == {case: dict.fromkeys(keys, "delivered") for case, keys in wanted.items()}
    assert sum(count["delivered"] for count in counts) == sum("SZZ" in keys for keys in wanted.values())
    for key, words in WORDS.items():
        store = json.dumps(stack.department(key, "store/"), ensure_ascii=False)
        assert [one for one in words if one not in store] == [], (key, store[:3000])


def test_half_a_year_later_the_workstation_hears_of_him_without_a_new_entry(worker: User, stack: Stack) -> None:
    home = Api(worker).enter(homes()["G11"])
    man = Api(worker).enter(people(str(home.pk))["G1"])
    stack.until(lambda: _ended({"G1": man, "G11": home}))
    before = set(_standing({"G1": man})["G1"])

    with transaction.atomic():
        planned = plan([man.pk], on=TODAY + timedelta(days=184))
        wake.after_commit(planned.due)
    stack.until(lambda: _ended({"G1": man}))

    assert before == WANTED["G1"]
    assert _standing({"G1": man})["G1"]["GZZ"] == "delivered"
    assert "测试甲" in json.dumps(stack.department("GZZ", "store/"), ensure_ascii=False)
