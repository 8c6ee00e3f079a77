"""Workbooks of the province: what its platform gives back for one of them says nothing about another one."""

from __future__ import annotations

import pytest

from connectors.provincial_governance.sandbox import ProvincialPlatform
from gridapp.contract import Kind, UnreadableError
from gridapp.delivery import sheets
from gridapp.delivery.models import Status
from gridapp.org.models import User
from tests.delivery.province import delivery_of, platform, province, supervisor, waiting_flats  # noqa: F401 - fixtures


def test_an_answer_of_another_workbook_settles_nothing(
    supervisor: User,  # noqa: F811
    platform: ProvincialPlatform,  # noqa: F811
) -> None:
    one, flats = province(), waiting_flats(supervisor, 2)
    one.target.batch = 1
    first, second = (sheets.export(one, Kind.HOUSING, by=supervisor) for _ in range(2))
    assert first is not None
    assert second is not None
    foreign = platform.upload(sheets.content(second))

    with pytest.raises(UnreadableError, match="另一份文件"):
        sheets.take_back(first, one, foreign, by=supervisor)

    assert [delivery_of(flat).status for flat in flats] == [Status.SUBMITTED] * 2
