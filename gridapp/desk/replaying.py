"""A form that waited on a tablet: entered as if its page had just been posted, else set aside. It is never turned away.

Whoever filled it in is not there any more, so nothing is asked. Doubts do not hold it back: a doubt never blocks, the
value is as likely right as wrong, and departments, deadlines and the next form of the household wait for it. That
nobody confirmed it stands in the entry (`confirmed` does not name it), and a correction mends it like any mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, QueryDict

from gridapp import registry
from gridapp.delivery.retrying import after_deadlock
from gridapp.desk import draft as drafts
from gridapp.desk import entry_forms, opening, probing
from gridapp.desk.draft import Draft
from gridapp.dictionary import Refusal
from gridapp.org.models import User
from gridapp.registry import entries, set_aside
from gridapp.registry.entries import Entered
from gridapp.registry.models import Entry, Record, SetAside

SAVED_ALREADY = Refusal(
    "",
    "saved_already",
    "这张表已经保存过一次，这次的内容与那次不同",
    "This form was saved once already, with other content",
    "请打开档案核对，需要时更正",
    "Open the record, and correct it if need be",
)
OUT_OF_REACH = Refusal(
    "record",
    "out_of_reach",
    "这份档案已不在您负责的网格内",
    "The record is in none of your grids any more",
    "请告诉督导",
    "Tell your supervisor",
)
_COLLIDED = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Waited:
    """A form as the tablet kept it: its address, its fields as a browser posts them, when it was filled in (ISO 8601).

    `posted`: what the page is posted. `adds_to`: the record that it adds a file to, whose photo was sent ahead of it
    (desk.photos); None for the other forms, which have none.
    """

    entry_id: UUID
    path: str
    form: str
    made_at: str
    posted: QueryDict
    adds_to: UUID | None

    @property
    def parts(self) -> int:
        """How many photos are sent ahead of it."""
        return 0 if self.adds_to is None else 1

    @classmethod
    def read(cls, said: Any, entry_id: UUID) -> Waited:
        """Raises ValueError, TypeError, KeyError, NotAForm, TooManyFieldsSent; ValueError also where the form names
        another entry."""
        path, form, made_at = (said[name] for name in ("path", "form", "made_at"))
        if not all(isinstance(text, str) and text.isascii() for text in (path, form, made_at)):
            raise ValueError("a form is sent urlencoded")
        entry_forms.check(path)
        posted = QueryDict(form, mutable=True)
        if opening.identifier(posted.get("entry_id", str(entry_id))) != entry_id:
            raise ValueError("the form of another entry")
        posted["entry_id"], posted["made_at"] = str(entry_id), made_at
        waited = cls(entry_id, path, form, made_at, posted, entry_forms.supplemented(path))
        if said.get("parts", 0) != waited.parts:
            raise ValueError("the photos of another form")
        return waited


@after_deadlock
def replay(waited: Waited, *, by: User) -> Entered | SetAside:
    """The same form again gives the same answer, however often and however many at once: one waits for the other.

    Raises registry.OutOfScope where the id is another account's.
    """
    with transaction.atomic():
        try:
            before = entries.made_before(waited.entry_id, opening.as_posted(waited.path, waited.posted), by=by)
        except registry.SameIdOtherContent as same:
            return set_aside.kept(waited.entry_id, by=by) or _again(waited, same.entry, by)
        # a collision leaves both: an entry of what could be entered, and the whole form for who decides
        return set_aside.kept(waited.entry_id, by=by) or before or _first(waited, by)


def _first(waited: Waited, by: User) -> Entered | SetAside:
    try:
        draft = entry_forms.drafted(waited.path, waited.posted, by=by)
        entered = drafts.save(draft, by=by, asking=False)
    except (Http404, registry.OutOfScope):
        return keep(waited, by, [OUT_OF_REACH])
    probing.learned(draft, entered, by=by, tried=False)
    if entered is not None:
        return entered
    collided = {one.code for one in draft.refusals} == {_COLLIDED}
    if collided:
        _enter_the_rest(draft, by)
    return keep(waited, by, draft.refusals, about=draft, is_conflict=collided)


def _enter_the_rest(draft: Draft, by: User) -> None:
    """What nobody else touched meanwhile is entered; where that does not stand by itself, all of it waits."""
    touched = {one.field for one in draft.refusals}
    rest = {name: value for name, value in draft.values.items() if name not in touched}
    drafts.save(replace(draft, values=rest, refusals=(), doubts=()), by=by, asking=False)


def _again(waited: Waited, entry: Entry, by: User) -> SetAside:
    if entry.by_id != by.pk:
        raise registry.OutOfScope
    return keep(waited, by, [SAVED_ALREADY], record=registry.find(entry.record_id, by=by))


def keep(
    waited: Waited,
    by: User,
    refusals: Sequence[Refusal],
    *,
    about: Draft | None = None,
    record: Record | None = None,
    is_conflict: bool = False,
) -> SetAside:
    """Sets the form aside as it was typed. `about`: the draft that was refused; `record`: what the form is about."""
    record = about.record if about else record
    return set_aside.keep(
        waited.entry_id,
        path=waited.path,
        form=waited.form,
        by=by,
        refusals=refusals,
        doubts=about.doubts if about else (),
        is_conflict=is_conflict,
        record=record,
        grid_code=about.grid_code if about else record.grid_code if record else "",
        made_at=opening.moment(waited.made_at),
    )
