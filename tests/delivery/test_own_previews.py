"""Connectors that preview in their own way: messages, refusals, and those that break."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridapp.catalogue.targets import Configured
from gridapp.contract import Inexpressible, Parcel, Preview
from gridapp.delivery import preview
from gridapp.delivery.preview import Previewed
from gridapp.registry.models import Record
from tests.delivery.conftest import Scripted


def values(made: Previewed) -> dict[str, str]:
    return {line.theirs: line.value for line in made.lines}


@pytest.fixture
def scripted_record(scripted: type[Scripted], make_record: Callable[..., Record]) -> Record:
    return make_record()


def of_scripted(record: Record, scripted: type[Scripted], *, full: bool = False) -> Previewed:
    made = preview.of(record, Configured(scripted.target, scripted.profile, scripted), full=full)
    assert made is not None
    return made


def previewing(scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    def with_message(self: Scripted, parcel: Parcel) -> Preview:
        return Preview(super(scripted, self).preview(parcel).lines, message)

    monkeypatch.setattr(scripted, "preview", with_message)


def test_a_message_is_shown_whole_to_who_may_see_it(
    scripted: type[Scripted], scripted_record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    previewing(scripted, monkeypatch, "<DH>13912345678</DH>")

    assert of_scripted(scripted_record, scripted, full=True).message == "<DH>13912345678</DH>"


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("<DH>13912345678</DH>", "<DH>139****5678</DH>"),
        ('{"XM":"测试甲","DH":"13912345678"}', '{"XM":"测试甲","DH":"139****5678"}'),
        ("no value at all", "no value at all"),
    ],
)
def test_a_message_is_masked_for_others(
    scripted: type[Scripted], scripted_record: Record, monkeypatch: pytest.MonkeyPatch, message: str, masked: str
) -> None:
    previewing(scripted, monkeypatch, message)

    made = of_scripted(scripted_record, scripted)

    assert (made.message, made.message_hidden) == (masked, False)


def test_a_connector_that_breaks_does_not_break_the_page(
    scripted: type[Scripted], scripted_record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Scripted, parcel: Parcel) -> Preview:
        raise KeyError("13912345678")

    monkeypatch.setattr(scripted, "preview", breaks)

    made = of_scripted(scripted_record, scripted, full=True)

    assert made.trouble == "connector"
    assert values(made) == {"XM": "测试甲", "DH": "13912345678"}


def test_settings_that_do_not_open_are_said(
    scripted: type[Scripted], scripted_record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.target.sealed_settings = b"of another key"

    assert of_scripted(scripted_record, scripted).trouble == "settings"


def test_a_value_the_target_cannot_take_is_shown_as_we_have_it_with_the_reason(
    scripted: type[Scripted], scripted_record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(self: Scripted, parcel: Parcel) -> Preview:
        raise Inexpressible("name", "含GBK字符集以外的字")

    monkeypatch.setattr(scripted, "preview", refuses)

    made = of_scripted(scripted_record, scripted)

    assert [(line.value, line.refused) for line in made.lines] == [
        ("测试甲", "含GBK字符集以外的字"),
        ("139****5678", ""),
    ]
