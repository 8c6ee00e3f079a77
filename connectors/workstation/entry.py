"""What is done about one record: look first, enter it once, and believe only what the page shows afterwards."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Kind,
    Manual,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unknown,
)

from .clerk import Clerk, File, Line
from .page import BOOKS
from .replies import SOURCES, mentioned

SEVERAL = "对方有多份档案的证件号码或房屋编号相同，须先由对方并档"


async def enter(clerk: Clerk, parcel: Parcel, values: Mapping[str, str]) -> Outcome:
    """Make them hold `values` (their label -> value). A record that is there already is never entered again."""
    kind, person = parcel.kind, BOOKS[parcel.kind].person
    lines = await clerk.search(kind, values[BOOKS[kind].key])
    line = _own(lines, parcel.reference)
    if line is None and lines:
        return Conflict("several", SEVERAL)
    if line is not None:
        file = await clerk.read(kind, line)
        if not _changed(file, values):
            return await _held(clerk, parcel, file)
        if kind is Kind.RESIDENT and not parcel.reference and person in _changed(file, values):
            return Conflict("name", "对方档案中，这个证件号码是另一个姓名")
    written = await clerk.write(kind, values, line, parcel.reference)
    if isinstance(written, AlreadyThere):  # it said so itself, though its search does not show it
        return replace(written, evidence=await clerk.picture(written.reference))
    return written if not isinstance(written, str) else await _proven(clerk, parcel, values, written)


async def held(clerk: Clerk, parcel: Parcel, values: Mapping[str, str]) -> Outcome:
    """What they hold of the record now; changes nothing."""
    lines = await clerk.search(parcel.kind, values[BOOKS[parcel.kind].key])
    line = _own(lines, parcel.reference)
    if line is None:
        return Unknown(SEVERAL) if lines else NotYet("对方没有这份档案")
    file = await clerk.read(parcel.kind, line)
    if changed := _changed(file, values):
        return Differs(file.number, tuple(SOURCES[parcel.kind][label] for label in changed))
    if file.sent_back:  # it is not as it should be, and whoever enters it next hears why
        return Differs(file.number, mentioned(file.reason, parcel.kind))
    return await _held(clerk, parcel, file)


async def _proven(clerk: Clerk, parcel: Parcel, values: Mapping[str, str], number: str) -> Outcome:
    """A receipt is a promise: the file itself, found by their own search, is the proof."""
    lines = await clerk.search(parcel.kind, values[BOOKS[parcel.kind].key])
    line = next((one for one in lines if one.number == number), None)
    if line is None:
        return Unknown("对方给了档案号，却查不到这份档案")
    file = await clerk.read(parcel.kind, line)
    if changed := _changed(file, values):
        fields = tuple(SOURCES[parcel.kind][label] for label in changed)
        return Manual("differs", f"对方保存的“{changed[0]}”与填入的不同，请人工核对", fields)
    return await _held(clerk, replace(parcel, reference=number), file)


async def _held(clerk: Clerk, parcel: Parcel, file: File) -> Outcome:
    """They hold it just so: ours when we know its number, else somebody else was there first."""
    if file.sent_back:
        return Rejected("sent_back", f"站长退回:{file.reason}", mentioned(file.reason, parcel.kind))
    evidence = await clerk.picture(file.number)
    if parcel.reference == file.number or parcel.action is not Action.CREATE:
        return Delivered(file.number, evidence=evidence)
    return AlreadyThere(file.number, code="held", evidence=evidence)


def _own(lines: list[Line], reference: str) -> Line | None:
    """The one file; of several the one that we know by its number."""
    known = [line for line in lines if line.number == reference]
    return next(iter(known or (lines if len(lines) == 1 else [])), None)


def _changed(file: File, values: Mapping[str, str]) -> list[str]:
    """Labels under which they hold something else than `values`; how wide a character is written is no difference."""
    return [label for label, value in values.items() if _plain(file.values[label]) != _plain(value)]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
