"""One target in words for its catalogue page: who owns it, on what basis, what it receives of whom, how far it can go.

What changes by the minute (open now, stopped, paused) is the delivery's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridapp.contract import ALWAYS, NEVER, Action, ByHand, Capabilities, Evidence, Kind, Layout, Window

from . import sharing
from .targets import Configured, targets
from .wording import Words, hours, name_of, words

EVIDENCE: Mapping[Evidence, Words] = MappingProxyType(
    {
        Evidence.CONFIRMED: ("接口确认", "the interface confirms it"),
        Evidence.RECEIPT: ("回执文件", "a return file says so"),
        Evidence.SEEN: ("页面可见", "a screen showed it"),
        Evidence.SAID: ("人工确认", "a person says so"),
    }
)
BY_HAND: Mapping[ByHand, Words] = MappingProxyType(
    {
        ByHand.CARD: ("人工按代填单录入", "a person copies it field by field"),
        ByHand.WORKBOOK: ("人工上传导入模板", "a person uploads a workbook"),
    }
)
ACTIONS: Mapping[Action, Words] = MappingProxyType(
    {
        Action.CREATE: ("新增", "create"),
        Action.CHANGE: ("变更", "change"),
        Action.VERIFY: ("核实", "verify"),
        Action.CLOSE: ("注销", "close"),
    }
)


@dataclass(frozen=True)
class Part:
    """What a target receives of one kind of record. `ended`: which ended residencies it is told of, "" for none."""

    kind: Kind
    concerns: str
    ended: str
    actions: tuple[str, ...]
    entries: tuple[sharing.Entry, ...]


@dataclass(frozen=True)
class Given:
    """A number that the target gives back: its name there, and what it is called here."""

    theirs: str
    label: str


@dataclass(frozen=True)
class Description:
    """One target in one language. `capabilities` None: nobody speaks to it yet."""

    key: str
    name: str
    owner: str
    channel: str
    purpose: str
    basis: str
    hours: tuple[str, ...]
    needs: tuple[str, ...]
    gives: tuple[Given, ...]
    parts: tuple[Part, ...]
    evidence: str
    by_hand: str
    can_change: bool
    can_close: bool
    capabilities: Capabilities | None
    batch: int | None
    per_second: float | None


def describe(one: Configured, window: Window, lang: str = "zh") -> Description:
    """The whole page of one target. `window`: its hours here. At most one statement."""
    english = lang.startswith("en")
    profile, can = one.profile, one.connector.capabilities if one.connector else None
    layouts = profile.layouts.values()
    return Description(
        key=one.target.key,
        name=one.target.en if english else one.target.zh,
        owner=(profile.owner_en if english else "") or profile.owner,
        channel=(profile.channel_en if english else "") or profile.channel,
        purpose=(profile.purpose_en if english else "") or profile.purpose,
        basis=(profile.basis_en if english else "") or profile.basis,
        hours=tuple(hours(window, lang)),
        needs=tuple(_names(profile.needs, english)),
        gives=tuple(Given(theirs, name_of(ours, lang)) for theirs, ours in profile.gives.items()),
        parts=tuple(_part(one, kind, layout, lang) for kind, layout in profile.layouts.items()),
        evidence=EVIDENCE[can.evidence][english] if can else "",
        by_hand=BY_HAND[can.by_hand][english] if can and can.by_hand else "",
        can_change=any(Action.CHANGE in layout.actions for layout in layouts),
        can_close=any(Action.CLOSE in layout.actions for layout in layouts),
        capabilities=can,
        batch=one.target.batch or (can.batch if can else None),
        per_second=one.target.per_second or (can.per_second if can else None),
    )


def _part(one: Configured, kind: Kind, layout: Layout, lang: str) -> Part:
    english = lang.startswith("en")
    entries = tuple(entry for entry in sharing.page(one.profile, lang) if entry.kind == kind)
    told = Action.CLOSE in layout.actions and layout.closes is not NEVER
    everyone = ("全部", "all of them")[english]
    return Part(
        kind=kind,
        concerns=everyone if layout.applies is ALWAYS else words(layout.applies, lang),
        ended=("" if not told else everyone if layout.closes is ALWAYS else words(layout.closes, lang)),
        actions=tuple(ACTIONS[action][english] for action in Action if action in layout.actions),
        entries=entries,
    )


def _names(keys: tuple[str, ...], english: bool) -> list[str]:
    known = {one.target.key: one.target for one in targets()}
    return [(known[key].en if english else known[key].zh) if key in known else key for key in keys]
