"""The divisions that a tablet keeps: those of the worker's own province."""

from __future__ import annotations

import gzip

from django.test import Client
from pytest_django import Settings

from gridapp.desk import divisions_kept


def test_a_tablet_is_sent_its_own_province_once(desk: Client, settings: Settings) -> None:
    settings.HOME_CITY = "4403"
    first = desk.get("/divisions/kept/")

    again = desk.get("/divisions/kept/", headers={"if-none-match": first["ETag"]})

    table = first.json()
    rows = {code: rest for code, *rest in table["rows"]}
    assert table["province"] == "广东省"
    assert rows["440305"] == [
        ["广东省", "深圳市", "南山区"],
        ["guang dong sheng", "shen zhen shi", "nan shan qu"],
        0,
        "",
        ["南头区办事处"],
    ]
    assert rows["440321"][2:4] == [1992, "440306"]
    assert {code[:2] for code in rows} == {"44", "99"}
    assert again.status_code == 304


def test_nobody_is_told_who_is_not_signed_in(client: Client) -> None:
    assert client.get("/divisions/kept/").status_code == 401


def test_the_largest_province_is_small() -> None:
    sizes = [len(gzip.compress(divisions_kept._written(two, False)[0])) for two in ("44", "37", "13", "51", "41")]

    assert max(sizes) < 10_000
