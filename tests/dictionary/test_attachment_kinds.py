"""The attachments that departments may ask for: two languages, a place they belong to, and who may have them."""

from __future__ import annotations

import re

import pytest

from gridapp.contract import ATTACHMENT
from gridapp.dictionary import ATTACHMENTS, FIELDS, AttachmentKind
from gridapp.dictionary.attachments import PREFIX

CHINESE = re.compile("[一-龥]")


def test_the_names_begin_as_the_contract_says_and_are_no_fields() -> None:
    assert PREFIX == ATTACHMENT
    assert all(name.startswith(ATTACHMENT) and name == one.name for name, one in ATTACHMENTS.items())
    assert not set(ATTACHMENTS) & set(FIELDS)


@pytest.mark.parametrize("one", ATTACHMENTS.values(), ids=list(ATTACHMENTS))
def test_each_is_named_and_explained_in_both_languages(one: AttachmentKind) -> None:
    assert CHINESE.search(one.label("zh"))
    assert CHINESE.search(one.hint("zh"))
    assert not CHINESE.search(one.label("en") + one.hint("en"))


@pytest.mark.parametrize("one", ATTACHMENTS.values(), ids=list(ATTACHMENTS))
def test_each_belongs_to_a_record_and_goes_out_on_conditions(one: AttachmentKind) -> None:
    assert one.entity in {"housing", "resident"}
    assert (one.sharing, one.sensitivity) in {("C", "S1"), ("C", "S2")}
