"""Exactly what one target would be sent of one record now, and how that differs from what it was told last."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridapp.catalogue import recoding
from gridapp.catalogue.targets import Configured, targets
from gridapp.catalogue.wording import name_of, words
from gridapp.contract import Inexpressible, Kind, Layout, Line, Parcel, Preview
from gridapp.dictionary import under_14
from gridapp.registry.models import Record

from . import clock
from .claim import Claimed
from .difference import Difference, against
from .dispatch import prepare, trace
from .masks import Mask
from .models import Delivery
from .views import views
from .wishes import Block, Others, Wish, action_for, wish

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as the target sees it: its name there, ours where the table has it, the value (masked or not).

    `refused`: why the target cannot take the value; it is shown as we have it.
    """

    theirs: str
    label: str
    value: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would go out. `action` "": nothing would. `concerned` False: the target does not want this record at all.

    `block`: what is in the way. `missing`: the names of what is. `trouble`: settings (the connector does not open with
    them) or connector (it broke). `message_hidden`: there is one, and it cannot be masked.
    """

    action: str
    concerned: bool
    concerns: str
    block: Block | None
    missing: tuple[str, ...]
    lines: tuple[Shown, ...]
    message: str
    message_hidden: bool
    trouble: str
    difference: Difference
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class _Made:
    """What the connector makes of a parcel. `refused`: their names of what the target cannot take -> why."""

    preview: Preview
    refused: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


def of(record: Record, one: Configured, *, full: bool = False, lang: str = "zh") -> Previewed | None:
    """The preview of one record for one target, masked unless `full`; None where the target takes no such records.

    A fixed number of statements. Raises sealing.Unsealable.
    """
    kind = Kind(record.kind)
    layout = one.profile.layouts.get(kind)
    if layout is None:
        return None
    on = clock.day(clock.now())
    view = dict(recoding.told(views([record], on=on)[record.id], recoding.sent(one.changes)))
    row = Delivery.objects.filter(record=record, target=one.target).first()
    others = Others.of({other.target.key: other.profile for other in targets()})
    wanted = wish(view, kind, one.profile, others, ended=record.closed_at is not None)
    mask = None if full else Mask(layout, view, child=under_14(view, on))
    (parcel,) = prepare([_as_claimed(record, row, wanted)], one, on=on, goes_out=False).batch
    made = _made(one, parcel)
    message = mask.message(made.preview.message) if mask and made.preview.message else made.preview.message
    block = wanted.block if wanted else None
    return Previewed(
        action=_action(row, wanted),
        concerned=wanted is not None,
        concerns=words(layout.applies, lang),
        block=block,
        missing=tuple(name_of(name, lang) for name in block.fields) if block else (),
        lines=_shown(layout, made, mask, lang),
        message=message or "",
        message_hidden=message is None,
        trouble=made.trouble,
        difference=against(row, record, layout, view, mask=mask, lang=lang) if row else Difference(),
        delivery=row,
    )


def card(parcel: Parcel, one: Configured, *, mask: Mask | None, lang: str) -> tuple[Shown, ...]:
    """What a person copies into the target for one parcel, also what it cannot take by wire."""
    return _shown(one.profile.layouts[parcel.kind], _made(one, parcel), mask, lang)


def _as_claimed(record: Record, row: Delivery | None, wanted: Wish | None) -> Claimed:
    """The row as a lane would claim it now; one that was never planned as it would be planned."""
    digest = wanted.digest if wanted else b""
    if row is None:
        return Claimed(0, record.id, record.version, digest, 1, None, "", 1, False)
    held = bytes(row.held_digest) if row.held_digest is not None else None
    reference = row.reference
    return Claimed(row.pk, record.id, record.version, digest, row.generation, held, reference, 1, row.maybe_sent)


def _action(row: Delivery | None, wanted: Wish | None) -> str:
    held = bytes(row.held_digest) if row and row.held_digest is not None else None
    if wanted is None or wanted.digest == held:
        return ""
    return action_for(wanted.digest, held)


def _made(one: Configured, parcel: Parcel) -> _Made:
    """Never raises for what a connector does: a page must not fail because a third party's preview does."""
    layout = one.profile.layouts[parcel.kind]
    if one.connector is None:
        return _line_by_line(layout, parcel)
    try:
        connector = one.connector(one.target.settings())
    except Exception as error:
        logger.warning("%s: no preview with these settings: %s", one.target.key, trace(error))
        return _line_by_line(layout, parcel, trouble="settings")
    try:
        return _Made(connector.preview(parcel))
    except Inexpressible as error:
        return _line_by_line(layout, parcel, error)
    except Exception as error:
        logger.error("%s: the connector's preview broke: %s", one.target.key, trace(error))
        return _line_by_line(layout, parcel, trouble="connector")


def _line_by_line(layout: Layout, parcel: Parcel, refusal: Inexpressible | None = None, *, trouble: str = "") -> _Made:
    """The table's own lines; what it cannot express as we have it, with the reason."""
    lines: list[Line] = []
    refused: dict[str, str] = {}
    for row in layout.content_rows:
        try:
            value = row.value(parcel.fields)
        except Inexpressible as error:
            value, refused[row.name] = parcel.fields.get(row.source), error.reason
        if value is not None:
            lines.append(Line(row.name, str(value)))
    if refusal is not None and not refused:  # what the table could say, but not the channel
        refused = {row.name: refusal.reason for row in layout.content_rows if refusal.field in row.inputs}
    return _Made(Preview(tuple(lines)), refused, trouble)


def _shown(layout: Layout, made: _Made, mask: Mask | None, lang: str) -> tuple[Shown, ...]:
    ours = {row.name: name_of(row.source, lang) for row in layout.content_rows}
    return tuple(
        Shown(
            line.name,
            ours.get(line.name, ""),
            mask.value(line.name, line.value) if mask else line.value,
            made.refused.get(line.name, ""),
        )
        for line in made.preview.lines
    )
