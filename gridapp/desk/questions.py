"""What the entry form shows for each field: label, kind of control, choices, what was typed and what is wrong with it.

Everything comes from the dictionary; order and grouping from desk.groups.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gridapp import dictionary
from gridapp.desk import groups
from gridapp.desk.jobs import JOBS, SAID_BY

FEW = 12
"""A table up to this long is shown whole as chips; of a longer one the most used, the rest folded with a filter."""

IN_SIGHT = 6
"""So many picks stand beside a field, the others are folded away with a filter."""

CONTROLS = {"code": "chips", "codes": "chips", "bool": "chips", "division": "division"}
KEYBOARDS = {"phone": "tel", "date": "numeric", "integer": "numeric", "decimal": "decimal"}
LONG_TEXTS = frozenset({"housing.hidden_danger_note"})
WHOLE = frozenset({"date", "phone", "document", "uscc"})
"""Types whose values are of one length: where that is reached the form goes on by itself."""

WIDTHS = {
    "date": "short",
    "integer": "short",
    "decimal": "short",
    "phone": "short",
    "document": "middle",
    "uscc": "middle",
}


@dataclass(frozen=True)
class Choice:
    """`also`: what it says of a second field, as name=value."""

    value: str
    label: str
    chosen: bool
    also: str = ""


@dataclass(frozen=True)
class Pick:
    """A value that one tap writes into the field. `like`: the field whose value it takes over instead of `fill`.

    `also`: what the same tap writes into a second field, as name=value. `why`: where it comes from.
    `begins`: it is only how the value begins.
    """

    label: str | Promise
    fill: str = ""
    like: str = ""
    also: str = ""
    why: str | Promise = ""
    begins: bool = False


@dataclass(frozen=True)
class Question:
    """One field on the page. `optional`: whether it can be left out now, `can_be_optional`: whether it ever can.

    `held`: the masked value on file, kept when the input stays empty. `follows`: what stands there without an answer,
    for it follows from the rest; `can_follow`: whether that can be. `whole`: which values are known by their length;
    `past`: a day lately. `rare`: its place among the fields that are
    folded away as long as nobody needs them, 0 for all others. `takes`: what may be taken over from the family.
    """

    name: str
    label: str
    control: str
    value: str
    optional: bool
    can_be_optional: bool
    shown: bool
    rare: int = 0
    hint: str | Promise = ""
    held: str = ""
    whole: str = ""
    past: bool = False
    follows: str = ""
    can_follow: bool = False
    error: str = ""
    doubt: str = ""
    keyboard: str = "text"
    width: str = ""
    digits: bool = False
    several: bool = False
    picks: Sequence[Pick] = ()
    more_picks: Sequence[Pick] = ()
    takes: Sequence[Choice] = ()
    choices: Sequence[Choice] = ()
    more: Sequence[Choice] = ()

    @property
    def id(self) -> str:
        return id_of(self.name)

    @property
    def described_by(self) -> str:
        hint = f"h-{self.name} " if self.hint or self.held else ""
        return f"{hint}e-{self.name}"


@dataclass(frozen=True)
class Shown:
    """What is known when the form is drawn: raw values, the names asked, what is wrong, doubtful or on file.

    `needed`: the names that this form cannot do without. `picks`, `takes`: name -> what this form offers beside it.
    """

    values: Mapping[str, Any]
    asked: Collection[str]
    errors: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    needed: Collection[str] = ()
    picks: Mapping[str, Sequence[Pick]] = field(default_factory=dict)
    takes: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class QuestionGroup:
    """`questions` stand in the flow; `folded` are rare, and not needed now."""

    key: str
    title: str | Promise
    questions: list[Question]
    folded: list[Question]

    @property
    def shown(self) -> bool:
        return any(one.shown for one in (*self.questions, *self.folded))

    @property
    def can_fold(self) -> bool:
        """Whether it has rare fields at all, folded away now or not."""
        return any(one.rare for one in (*self.questions, *self.folded))

    @property
    def has_folded(self) -> bool:
        return any(one.shown for one in self.folded)

    @property
    def unfolded(self) -> bool:
        """A folded field that holds something, or is wrong or doubted, is not hidden from the eye."""
        return any(one.value or one.error or one.doubt or one.held for one in self.folded)


def id_of(name: str) -> str:
    """The id of a field's control in the page."""
    return "f-" + name.replace(".", "-")


def draw(kind: str, shown: Shown) -> list[QuestionGroup]:
    """The groups of one kind's form, every field of theirs included; those not asked are there but hidden."""
    return [_group(group, kind, shown) for group in groups.GROUPS[kind]]


def _group(group: groups.Group, kind: str, shown: Shown) -> QuestionGroup:
    """A rare field that is needed now stands behind the others, as app.js puts it when that turns out while typing."""
    rare = [_question(name, kind, shown, rare=place) for place, name in enumerate(group.folded, start=1)]
    return QuestionGroup(
        group.key,
        group.title,
        [*(_question(name, kind, shown) for name in group.fields), *(one for one in rare if one.name in shown.needed)],
        [one for one in rare if one.name not in shown.needed],
    )


def _question(name: str, kind: str, shown: Shown, *, rare: int = 0) -> Question:
    defined = dictionary.field(name)
    raw = shown.values.get(name, "")
    several = defined.type == "codes"
    picks = [*_picks(name), *shown.picks.get(name, ())]
    choices, more = _choices(name, [str(one) for one in raw] if several and raw else [str(raw)])
    required = name in groups.ALWAYS[kind]
    can_be_optional = not required and defined.required != "Y"
    if choices and not several and not required:
        choices = [*choices, Choice("", _("不填"), chosen=False)]
    return Question(
        name=name,
        label=defined.label(language()),
        control=CONTROLS.get(defined.type, "long" if name in LONG_TEXTS else "text"),
        value="" if several else _written(defined.type, str(raw)),
        optional=can_be_optional and name not in shown.needed,
        can_be_optional=can_be_optional,
        rare=rare,
        shown=name in shown.asked,
        hint=groups.HINTS.get(name) or (groups.DATE_HINT if defined.type == "date" else ""),
        held=shown.held.get(name, ""),
        whole=defined.type if defined.type in WHOLE else "",
        past=name in groups.LATELY,
        follows=shown.follows.get(name, ""),
        can_follow=name in groups.CAN_FOLLOW,
        error=shown.errors.get(name, ""),
        doubt=shown.doubts.get(name, ""),
        keyboard=KEYBOARDS.get(defined.type, "text"),
        width=WIDTHS.get(defined.type, ""),
        digits=defined.type in {"date", "phone", "document", "uscc", "decimal", "integer"},
        several=several,
        picks=picks[:IN_SIGHT],
        more_picks=picks[IN_SIGHT:],
        takes=shown.takes.get(name, ()),
        choices=choices,
        more=more,
    )


def _picks(name: str) -> list[Pick]:
    """What anybody may be offered beside a field, whoever it is about."""
    if name in groups.OFTEN_TODAY:
        return [Pick(_("今天"), fill="today")]
    if name in groups.OFTEN_LIKE:
        other = groups.OFTEN_LIKE[name]
        return [Pick(_("同%(label)s") % {"label": dictionary.field(other).label(language())}, like=other)]
    if name == "occupation":
        return [Pick(english if language() == "en" else chinese, fill=chinese) for chinese, english in JOBS]
    return []


def _written(kind: str, raw: str) -> str:
    """A division stands in its field with its name, as it was chosen."""
    if kind == "division" and dictionary.is_known_division(raw):
        return f"{raw} {''.join(dictionary.division_path(raw))}"
    return raw


def _choices(name: str, chosen: Sequence[str]) -> tuple[list[Choice], list[Choice]]:
    """The chips of a coded field, and those folded away; a chosen one is never folded."""
    defined = dictionary.field(name)
    if defined.type == "bool":
        yes_or_no = (("true", _("是")), ("false", _("否")))
        return [Choice(value, label, value in chosen) for value, label in yes_or_no], []
    if not defined.table:
        return [], []
    table = dictionary.table(defined.table)
    offered = list(dict.fromkeys((*table.offered, *(code for code in chosen if code in table))))
    first = groups.MOST_USED.get(table.name, offered[:6]) if len(offered) > FEW else offered
    front = [code for code in offered if code in chosen and code not in first]
    also = {code: f"occupation={job}" for code, job in SAID_BY.items()} if name == "occupation_category" else {}
    lang = language()
    made = {code: Choice(code, table.label(code, lang), code in chosen, also.get(code, "")) for code in offered}
    shown = [*first, *front]
    return [made[code] for code in shown], [made[code] for code in offered if code not in shown]


def language() -> str:
    """zh or en: the language of the page, as the dictionary names it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def label(name: str) -> str:
    """What a field or a file is called in the language of the page; an unknown name as it is."""
    known = dictionary.FIELDS.get(name) or dictionary.ATTACHMENTS.get(name)
    return known.label(language()) if known else name
